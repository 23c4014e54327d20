import { describe, expect, it } from "vitest";
import { Telex } from "../kiosk/keyboard/telex";
import type { Method } from "../kiosk/keyboard/telex";

function typed(keys: string, method: Method, from = ""): string {
  const telex = new Telex();
  telex.method = method;
  return [...keys].reduce((text, key) => telex.press(text, key), from);
}

// word, Telex, VNI
const WORDS = `
việt|vieejt|vie65t
nam|nam|nam
giấy|giaays|gia61y
khai|khai|khai
sinh|sinh|sinh
căn|cawn|ca8n
cước|cuwowcs|cu7o71c
cước|cuowcs|cuo71c
cước|cuocws|cuoc71
đường|dduwowngf|d9u7o7ng2
đường|duongdwf|duong972
người|nguwowif|ngu7o7i2
người|nguoiwf|nguoi72
thuở|thuowr|thuo73
thương|thuowng|thuo7ng
mượn|muownj|muo75n
hươu|huowu|huo7u
rượu|ruwowuj|ru7o7u5
quờ|quowf|quo72
hòa|hoaf|hoa2
hoàn|hoafn|hoa2n
hoàn|hoanf|hoan2
khỏe|khoer|khoe3
thúy|thuys|thuy1
quý|quys|quy1
quyết|quyeets|quye61t
quyển|quyeenr|quye63n
nguyễn|nguyeenx|nguye64n
gì|gif|gi2
giá|gias|gia1
giếng|gieengs|gie61ng
giường|giuwowngf|giu7o72ng
của|cuar|cua3
mưa|muwa|mu7a
mưa|muaw|mua7
lửa|luwar|lu73a
lưu|luuw|luu7
tiếng|tieengs|tie61ng
tiếng|tiengse|tieng16
yêu|yeeu|ye6u
yếu|yeues|yeu61
chuyển|chuyeenr|chuye63n
khuya|khuya|khuya
ngoài|ngoaif|ngoai2
hoặc|hoacwj|hoac85
hoặc|hoawcj|hoa85c
quặng|quawngj|qua85ng
xoong|xooong|xoong
thủy|thuyr|thuy3
nghĩa|nghiax|nghia4
đất|ddaats|d9a61t
đai|ddai|d9ai
được|dduwowcj|d9u7o75c
hưởng|huwowngr|hu7o73ng
trợ|trowj|tro75
cấp|caaps|ca61p
phường|phuwowngf|phu7o72ng
xã|xax|xa4
ủy|uyr|uy3
uống|uoongs|uo61ng
ở|owr|o73
ơn|own|o7n
ứng|uwngs|u71ng
tư|tw|tu7
đắk|ddawks|d9a81k
krông|kroong|kro6ng
Đăng|DDawng|D9a8ng
ĐĂK|DDAWK|D9A8K
kiểu|kieeur|kie63u
nhiều|nhieeuf|nhie62u
`
  .trim()
  .split("\n")
  .map((line) => line.split("|") as [string, string, string]);

describe("Telex and VNI", () => {
  it("knows at least sixty words", () => expect(new Set(WORDS.map(([word]) => word)).size).toBeGreaterThanOrEqual(60));

  it.each(WORDS)("%s is typed %s", (word, telex) => expect(typed(telex, "telex")).toBe(word));

  it.each(WORDS)("%s is typed %s, in VNI %s", (word, _telex, vni) => expect(typed(vni, "vni")).toBe(word));

  it.each([
    ["ass", "telex", "as"],
    ["aaa", "telex", "aa"],
    ["ddd", "telex", "dd"],
    ["oww", "telex", "ow"],
    ["ww", "telex", "w"],
    ["uww", "telex", "uw"],
    ["vieejtj", "telex", "viêtj"],
    ["tieengss", "telex", "tiêngs"],
    ["tieesngs", "telex", "tiêngs"],
    ["a11", "vni", "a1"],
    ["a66", "vni", "a6"],
    ["d99", "vni", "d9"],
    ["o77", "vni", "o7"],
    ["tie61ng1", "vni", "tiêng1"],
  ] as [string, Method, string][])("a key pressed twice stands as itself: %s", (keys, method, word) => {
    expect(typed(keys, method)).toBe(word);
  });

  it.each([
    ["hoafz", "telex", "hoa"],
    ["hoafs", "telex", "hóa"], // another tone replaces the first
    ["hoa21", "vni", "hóa"],
    ["hoa20", "vni", "hoa"],
    ["awa", "telex", "â"],
    ["aaw", "telex", "ă"],
    ["oow", "telex", "ơ"],
  ] as [string, Method, string][])("marks and tones are replaced: %s", (keys, method, word) => {
    expect(typed(keys, method)).toBe(word);
  });

  it.each([
    ["so 12 ngo 5", "vni", "so 12 ngo 5"],
    ["fpt", "telex", "fpt"],
    ["s", "telex", "s"],
    ["xyz", "telex", "xyz"],
    ["19/2019", "vni", "19/2019"],
    ["wweb", "telex", "web"], // w twice, as with every input method
  ] as [string, Method, string][])("what is no syllable stays: %s", (keys, method, text) => {
    expect(typed(keys, method)).toBe(text);
  });

  it("goes on where the caret is", () => {
    expect(typed("s", "telex", "làm giấy khai sinh ơ đau tien")).toBe("làm giấy khai sinh ơ đau tién");
    expect(typed("e", "telex", "tién")).toBe("tiến");
    expect(typed("g", "telex", "hoàn")).toBe("hoàng");
    expect(typed("n", "telex", "hòa".normalize("NFD"))).toBe("hoàn");
  });

  it("has tones on keys of their own, for whoever knows neither way", () => {
    const telex = new Telex();
    expect(telex.tone("hoa", 2)).toBe("hòa");
    expect(telex.tone("hòa", 2)).toBe("hoa");
    expect(telex.tone("tôi đươc", 5)).toBe("tôi được");
    expect(telex.tone("12", 1)).toBe("12");
  });
});
