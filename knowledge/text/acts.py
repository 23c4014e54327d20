"""Which dialogue act a message is: a question, a report, a greeting, a yes.

One small linear model, trained from `bot/nlu/*.yml` in well under a second, shared by the Rasa component and
by the app when Rasa is down. It reads every text twice, as typed and without diacritics, so that people who
type without marks are understood by the same examples.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

ACTS = (
    "ask", "report", "ticket_status", "greet", "thanks", "goodbye", "affirm", "deny", "cancel",
    "handover", "capability", "correct", "skip", "chitchat",
)  # fmt: skip
# A question searched for nothing costs a shrug; a question taken for small talk costs an answer.
SAFE_ACT = "ask"
MIN_CONFIDENCE = 0.34
# Small talk must be surer than that, and words that ask something are a report only when that is sure.
_MIN_TALK = 0.5
_MIN_ASKING_REPORT = 0.7
# By whether word families of trouble, and of papers, are in it.
_LEAST_OF_REPORT = {(True, False): 0.5, (True, True): 0.8, (False, False): 0.65, (False, True): 0.9}
_MISTAKEN = {"affirm", "deny", "report", "thanks", "greet", "goodbye", "skip", "capability"}
_PLEASE_TELL = re.compile(
    r"^(?:(?:da|kinh|toi|em|minh|chung toi|cong ty|anh chi|cho|xin)\b ?){0,5}"
    r"(?:de nghi )?(?:duoc )?(?:cho biet|huong dan|cac buoc|trinh tu)\b"
)
_WHETHER = re.compile(r"(?:co|duoc|phai)\b.*\b(?:khong|ko|hong|hem|hok|k|chua)(?: (?:a|vay|ad|nhi|ta|z))?$")
# How a question ends, typed with or without marks: "… có tốn phí không ạ", "… mất mấy ngày", "… nộp ở đâu z".
_ENDS_ASKING = re.compile(
    r"\b(?:"
    r"(?:co|duoc|phai|can) (?:\w+ ){0,8}(?:khong|ko|hong|hem|hok|hon|k|chua)"
    r"|(?:may|bao nhieu|nhieu|nhiu) (?:tien|ngay|bua|hom|xien|thang|nam|anh|ban|lau|phi)"
    r"(?: (?:co|xong|duoc|lay|thi))*(?: the)?"
    r"|(?:ton|het|mat|la) (?:bao )?nhi(?:eu|u)(?: \w+)?|bao lau|bao nhieu|may gio"
    r"|(?:o|toi|di|den|ra|ve|vo|vao|qua|gui|nop) dau|cho nao|bua nao|ngay nao|khi nao|bao gio|mau (?:may|nao|gi)"
    r"|(?:trang|ban|cai|to|bo|lan|nguoi|thang|mon|chiec|cuon) (?:bao )?nhi(?:eu|u)"
    r"|the nao|lam sao|ra sao|kieu gi|cach nao|thi sao"
    r"|(?:uy quyen|xin|nop|lam|doi|khai|dang ky)(?: \w+){0,4} (?:s|sao)"
    r"|mau (?:\w+ ){1,3}?(?:may|nao|gi)|(?:truong|so|phong|don vi|co quan|muc|loai|ben) nao"
    r"|can gi|giay gi|giay to gi|nhung gi|la gi)"
    r"(?: (?:a|vay|v|z|ad|nhi|ta|mn|moi nguoi|hen|ha|the|day|trui|troi|roi|anh|chi|em|ban|shop))*$"
)
_SUPPOSED = re.compile(r"^(?:(?:con|vay|the|ma|thi) ){0,2}(?:neu|gia su|khong phai|k phai|ko phai)\b")
_WHICH = re.compile(r"^(?:phong|ban|so|don vi|co quan|trung tam|xa|phuong|ai|cho|ngay) (?:nao|may)\b|^ai\b")
# What the writer wants made or fetched: a poem, a sum, a ticket, a part to play. A report has nothing made.
_ORDERS = re.compile(
    r"^(?:(?:ban|em|anh|chi|ad|bot|hay|lam on|nho|tu gio|bay gio)\b ?){0,3}(?:"
    r"(?:viet|giai|dat|ve|ke|dich|tinh|tra|tim|soan|mua|doan|chep|hat|mo|bat) (?:\w+ ){0,2}?"
    r"(?:giup|gium|ho|cho|gium cho|giup cho) (?:toi|em|con|anh|chi|minh|tui|chau|me)"
    r"|cho (?:toi|em|con|anh|chi|minh|tui) (?:xin )?(?:cong thuc|bai|cach|mau|so dien thoai|dia chi|ten|vi du)"
    r"|(?:la|dong vai|lam|gia lam) (?:mot )?(?:luat su|bac si|giam doc|ban trai|ban gai|thay|co giao|can bo))\b"
)
_PLAN = re.compile(r"\b(?:doi thoai|cai cach hanh chinh|cchc|ke hoach)\b")
_WHEN_OR_WHO = re.compile(
    r"\b(?:ngay nao|ngay may|may gio|hom nao|khi nao|bao gio|luc nao|thang may|ai|don vi nao|so nao)\b"
)
# Courtesy before a question is courtesy: "cảm ơn bạn, thế còn phí", "chào ad, em hỏi về hộ chiếu".
_COURTESY = {"thanks", "greet", "goodbye", "affirm"}
_THEN = re.compile(
    r"(?:^|[\s,.!])(?:thế còn|vậy còn|còn|à mà|mà cho|cho (?:\w+ )?hỏi(?: về| thêm)?|hỏi về|hỏi thêm|muốn hỏi(?: về)?|"
    r"xin hỏi|thế|vậy)\s+(?P<asked>\S.*)"
)
_THEN_FOLDED = re.compile(
    r"(?:^|[\s,.!])(?:the con|vay con|ok con|a ma|ma cho|cho (?:\w+ )?hoi(?: ve| them)?|hoi ve|hoi them|"
    r"muon hoi(?: ve)?|xin hoi|the|vay)\s+(?P<asked>\S.*)"
)
_ASKED_OF = re.compile(
    r"\b(?:phi|le phi|tien|bao lau|bao nhieu|may ngay|o dau|o mo|online|giay to|ho so|mau don|to khai|nop)\b"
)
# Who wants something done for themselves asks how; a report wants somebody else to act.
_WISHES = re.compile(r"\b(?:muon|dinh|tinh|xin phep|can xin|can lam|muon xin)\b")
_OTHERS_TO_ACT = re.compile(
    r"\b(?:phan anh|kien nghi|gop y|bao cao|to cao|khieu nai|xu ly|giai quyet|can thiep|kiem tra|khac phuc"
    r"|nhac nho|don dep|chinh quyen|nguoi ta|hang xom|ho cu|khong ai|de nghi|mong|phien|on ao|lan chiem"
    r"|trai phep|bay ban|sua lai|bi hu|bi hong|bi vo|gay|ngap|rac|hoi thoi|nguy hiem)\b"
)
_BUSINESS = {"ask", "report", "ticket_status"}
# "Hủy giám hộ" is a procedure, "hủy giúp tôi" is not: small talk is made of small talk's own words.
_MAX_FOREIGN = 0.3
_MAX_CHARS = 600  # a long story is decided by its beginning and its end

_CUES = Path(__file__).with_name("act_cues.yml")
_SHORT = 4  # words
_WISH = 20  # words up to which a message is one wish
_LENGTHS = ((2, "len_1_2"), (4, "len_3_4"), (8, "len_5_8"), (20, "len_9_20"), (60, "len_21_60"))


def load_nlu_examples(folder: Path) -> list[tuple[str, str]]:
    """(text, act) pairs of every `*.yml` training file in the folder, in a stable order."""
    import yaml

    examples: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            if "intent" in block:
                lines = (line.strip() for line in str(block["examples"]).splitlines())
                examples += [(line[1:].strip(), block["intent"]) for line in lines if line.startswith("-")]
    return examples


def _clip(text: str) -> str:
    if len(text) <= _MAX_CHARS:
        return text
    half = _MAX_CHARS // 2
    return f"{text[:half]} {text[-half:]}"


def as_typed(text: str) -> str:
    """The text the marked features see: canonical, lower case, short words written out."""
    return expand_informal(_clip(one_line(text)).lower())


def as_folded(text: str) -> str:
    """The text the unmarked features see."""
    return fold(as_typed(text))


@cache
def _families() -> dict[str, tuple[str, re.Pattern[str], re.Pattern[str]]]:
    """Family name → (group, pattern for marked text, pattern for text typed without marks)."""
    import yaml

    groups = yaml.safe_load(_CUES.read_text(encoding="utf-8"))
    return {
        name: (group, _whole_words(words), _whole_words(fold(words)))
        for group, families in groups.items()
        for name, words in families.items()
    }


def _whole_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def cues(text: str) -> list[str]:
    """Names of the word families found and what they mean together; a short text also stands for itself."""
    typed = as_typed(text)
    marked = has_diacritics(text)  # as people typed it: writing short words out puts marks into unmarked text
    folded = " ".join(re.findall(r"\w+", fold(typed)))
    found: list[str] = []
    groups: set[str] = {"question"} if "?" in text else set()
    for name, (group, typed_words, folded_words) in _families().items():
        if typed_words.search(typed) if marked else folded_words.search(folded):
            found.append(name)
            groups.add(group)
    # A linear model cannot see "trouble, but no question": the groups present are one feature together.
    together = "+".join(sorted(groups - {"other"})) or "none"
    length = next((label for limit, label in _LENGTHS if folded.count(" ") < limit), "len_61")
    found += [
        f"together:{together}",
        f"together:{together}:{length}",
        length,
        *(f"group:{g}" for g in groups),
    ]
    return [*found, f"all:{folded}"] if folded.count(" ") < _SHORT else found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", as_folded(text))


def _without_talk(text: str) -> str:
    """The text with the cues of small talk taken out."""
    left = as_typed(text)
    marked = has_diacritics(text)
    left = left if marked else fold(left)
    for group, typed_words, folded_words in _families().values():
        if group == "other":
            left = (typed_words if marked else folded_words).sub(" ", left)
    return left


def _asks_plainly(text: str) -> bool:
    """Whether the text has the very shape of a question: "có tốn tiền không" is no yes, "… ngày mấy" no report."""
    plain = as_folded(text).strip(" ?!.")
    if _WHETHER.match(plain):
        return len(plain.split()) >= 3
    if _PLEASE_TELL.match(plain) or _WHICH.match(plain):
        return True
    return bool(_PLAN.search(plain) and _WHEN_OR_WHO.search(plain))


def _asks_or_orders(text: str) -> bool:
    """Whether a message that sounds like a report ends in a question, or wants something made."""
    plain = as_folded(text).strip(" ?!.…")
    return bool(_ENDS_ASKING.search(plain) or _ORDERS.match(plain) or _SUPPOSED.match(plain))


def _asks_after_courtesy(text: str) -> bool:
    """Whether a question follows a greeting or thanks."""
    typed = as_typed(text)
    found = _THEN.search(typed) if has_diacritics(text) else _THEN_FOLDED.search(fold(typed))
    if found is None:
        return False
    asked = found["asked"]
    groups = {cue for cue in cues(asked) if cue in {"group:question", "group:paper"}}
    return bool(groups or _ASKED_OF.search(fold(asked)))


def _wishes_for_oneself(text: str) -> bool:
    """Whether a short message tells what its writer wants to do, and nobody else is to act."""
    plain = as_folded(text)
    return len(plain.split()) <= _WISH and bool(_WISHES.search(plain)) and not _OTHERS_TO_ACT.search(plain)


def _least_of_report(text: str) -> float:
    """How sure a report must be: less where it says so, or tells of trouble; more beside words of papers."""
    found = set(cues(text))
    if found & {"report_word", "want_report", "new_report", "my_report"}:
        return 0.0
    trouble, papers = "group:trouble" in found, "group:paper" in found
    return _LEAST_OF_REPORT[trouble, papers]


def is_question(text: str) -> bool:
    """Whether the words themselves ask something, whatever the act."""
    return "group:question" in cues(text)


def _features() -> Any:  # noqa: ANN401 -- scikit-learn carries no types
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    words = r"(?u)\b\w+\b|\?"
    return make_union(
        TfidfVectorizer(preprocessor=as_typed, analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        TfidfVectorizer(preprocessor=as_folded, analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        TfidfVectorizer(preprocessor=as_folded, token_pattern=words, ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer=cues, use_idf=False),
    )


class ActClassifier:
    """TF-IDF over characters and words, then logistic regression. Unsure means a question to search."""

    def __init__(
        self, pipeline: Pipeline, talk_words: set[str], *, min_confidence: float = MIN_CONFIDENCE
    ) -> None:
        self.pipeline = pipeline
        self.talk_words = talk_words  # the folded words of all examples of small talk
        self.min_confidence = min_confidence

    @classmethod
    def fit(cls, examples: list[tuple[str, str]], *, min_confidence: float = MIN_CONFIDENCE) -> ActClassifier:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        texts, acts = zip(*examples, strict=True)
        model = LogisticRegression(C=20.0, class_weight="balanced", max_iter=500, tol=1e-3)
        pipeline = make_pipeline(_features(), model).fit(list(texts), list(acts))
        talk_words = {word for text, act in examples if act not in _BUSINESS for word in _words(text)}
        return cls(pipeline, talk_words, min_confidence=min_confidence)

    @classmethod
    def from_folder(cls, folder: Path) -> ActClassifier:
        return cls.fit(load_nlu_examples(folder))

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every act with its probability, best first, before the rule for unsure texts."""
        shares = self.pipeline.predict_proba([text])[0]
        ranked = sorted(zip(self.pipeline.classes_, shares, strict=True), key=lambda pair: -pair[1])
        return [(str(act), float(share)) for act, share in ranked]

    def predict(self, text: str) -> tuple[str, float]:
        """The act and how sure; an unsure text is a question, the safe default."""
        return self.decide(text, self.ranking(text))

    def decide(self, text: str, ranking: list[tuple[str, float]]) -> tuple[str, float]:
        """The act to act on, given the ranking."""
        act, share = ranking[0]
        if act in _MISTAKEN and _asks_plainly(text):
            return SAFE_ACT, share
        if (act in _COURTESY and _asks_after_courtesy(text)) or (
            act == "report" and _wishes_for_oneself(text)
        ):
            return SAFE_ACT, share
        if act == "report" and _asks_or_orders(text):
            return SAFE_ACT, share
        if act == "report" and share < _least_of_report(text):
            return SAFE_ACT, share
        least = self.min_confidence if act in _BUSINESS else max(self.min_confidence, _MIN_TALK)
        if act == "report" and share < _MIN_ASKING_REPORT and is_question(text):
            return SAFE_ACT, share
        if act not in _BUSINESS and self._foreign(text) > _MAX_FOREIGN:
            return SAFE_ACT, share
        return (act, share) if share >= least else (SAFE_ACT, share)

    def _foreign(self, text: str) -> float:
        """The share of words that belong to no small talk: in no cue of it, in no example of it."""
        other = [word for word in _words(_without_talk(text)) if word not in self.talk_words]
        return len(other) / max(len(_words(text)), 1)


def sources_digest() -> str:
    """A hash of this package's sources: a changed normaliser must train again (Rasa cannot see it)."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in {".py", ".yml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()
