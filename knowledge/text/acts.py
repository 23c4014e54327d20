"""Which dialogue act a message is: a question, a report, a greeting, a yes.

One small linear model, trained from `bot/nlu/*.yml` in well under a second, shared by the Rasa component and
by the app when Rasa is down. It reads every text twice, as typed and without diacritics, so that people who
type without marks are understood by the same examples.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.text.diacritics import fold
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
_MAX_CHARS = 600  # a long story is decided by its beginning and its end

# What the words are about, seen through folded text: few examples then teach a whole family of wordings.
_CUES = {
    name: re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    for name, words in {
        "how_much": "bao nhieu|nhieu tien|bnhieu|may tien|het may|ton phi|mat phi|le phi|phi",
        "how": "the nao|lam sao|ra sao|nhu nao|kieu gi|cach nao|cach|thi sao|con sao|huong dan|chi giup|chi dum",
        "where": "o dau|cho nao|di mo|o mo|noi nao|dau vay|ra dau|ben nao|don vi nao|xa nao|phuong nao|cho ai",
        "when": "khi nao|bao gio|luc nao|ngay nao|may gio|bao lau|may ngay|hom nao|thang may|chung nao",
        "what": "gi|nhung gi|cai gi|giay gi|chi rua|cai nao|loai nao|la sao|tai sao|vi sao|may buoc|so may",
        "yes_no": "duoc khong|co khong|phai khong|co duoc|co phai|co can|co bi|duoc hong|duoc hon|dung khong|hay la",
        "polite_question": "cho hoi|xin hoi|cho em hoi|cho toi hoi|cho minh hoi|cho tui hoi|muon hoi|muon biet|tu van",
        "paper": "giay|ho so|thu tuc|le phi|dang ky|cap lai|cap|can cuoc|ho chieu|bang lai|giay phep|khai sinh|"
        "ket hon|ho khau|tam tru|thuong tru|so do|bao hiem|tro cap|cong chung|chung thuc|ly lich|ke hoach|doi thoai|"
        "truc tuyen|dich vu cong|to khai|mau don|uy quyen|thue|luat|nghi dinh|van ban|mien giam|luong huu|ve huu",
        "trouble": "ngap|o ga|o voi|rac|hoi thoi|boc mui|boc mui hoi|on ao|tieng on|gay|nga|do sap|nghieng|sat lo|"
        "sut lun|ho ga|nap cong|nghet|tac|ket xe|bui|khoi|lan chiem|mat nuoc|mat dien|cup dien|hu|hong|vo|nguy hiem|"
        "karaoke|o nhiem|xa thai|nuoc thai|do trom|te xe|buc xuc|cau gat|quat|thai do|cho tha rong|den duong|via he|"
        "ho sau|hut|bua bai|nhech nhac|lay loi|xuong cap|qua tai|kho chiu|chiu khong noi|vi pham|sach nhieu|voi vinh",
        "report_word": "phan anh|phan anh ve|phan anh viec|kien nghi|gop y|bao cao|bao su co|su co|phan anh len",
        "ticket": "pa \d{4} \d+|ma phan anh|ma tra cuu|phieu|ma bi mat|tra cuu phan anh|phan anh cua|da gui|toi gui",
        "progress": "toi dau roi|den dau roi|xu ly chua|xong chua|giai quyet chua|co ai xem|sao roi|tien do|tinh trang",
        "since": "hom qua|sang nay|toi qua|may hom nay|ca tuan|ca thang|may thang nay|bua gio|suot|hoai|mai khong",
        "you": "ban|bot|chatbot|robot|may|tro ly|em la ai|ad|admin",
        "person": "can bo|nhan vien|nguoi that|tong dai vien|chuyen vien|nguoi phu trach|lanh dao|dieu phoi vien",
        "meet": "gap|noi chuyen voi|noi chuyen|ket noi|chuyen may|chuyen cho|trao doi|goi lai|goi dien",
        "fix": "sua|sua lai|doi lai|chinh|chinh lai|nham|lon|ghi sai|nhap sai|sai|thay doi|nhap lai|viet lai",
        "field": "dia diem|dia chi|noi dung|thoi gian|so dien thoai|lien he|thong tin vua nhap|cau truoc",
        "stop": "huy|thoi|dung lai|thoat|bo di|khong gui nua|doi y|ngung|xoa|cancel|stop|khoi gui|huy bo",
        "no": "khong|ko|hong|no|chua|dung|tu choi",
        "yes": "co|dong y|dung|dung roi|ok|oke|vang|da|u|uh|gui|gui di|duoc|xac nhan|yes|chuan|phai",
        "skip_word": "bo qua|khoi|khong can|khong nho|khong ro|khong biet|an danh|skip|next|de trong|khong tien",
        "thank": "cam on|cam on ban|thanks|thank|tks|biet on|doi on|tran trong",
        "bye": "tam biet|bye|bai|hen gap|goodbye|see you|ngu ngon|ngay tot lanh|di day|nghi day|khong hoi gi nua",
        "hello": "chao|xin chao|hello|hi|alo|a lo|hey|helo|e bot|oi|good morning|bat dau|start",
        "laugh": "ha+ha+|hi+hi+|he+he+|k{3,}|lol|vui|buon|chan|yeu|hat|tho|choi|ngoc|de thuong|gioi|thong minh",
    }.items()
}
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


def cues(text: str) -> list[str]:
    """Names of the word families found, the length class, and the whole text when it is short."""
    folded = " ".join(re.findall(r"\w+", as_folded(text)))
    count = folded.count(" ") + 1
    found = [name for name, pattern in _CUES.items() if pattern.search(folded)]
    found.append(next((label for limit, label in _LENGTHS if count <= limit), "len_61"))
    found += ["question_mark"] if "?" in text else []
    found += ["no_words"] if not folded else []
    return [*found, f"all:{folded}"] if count <= 4 else found


def _features() -> Any:  # noqa: ANN401 -- scikit-learn carries no types
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    words = r"(?u)\b\w+\b|\?"
    return make_union(
        TfidfVectorizer(preprocessor=as_typed, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        TfidfVectorizer(preprocessor=as_folded, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        TfidfVectorizer(preprocessor=as_folded, token_pattern=words, ngram_range=(1, 3), sublinear_tf=True),
        TfidfVectorizer(analyzer=cues, use_idf=False),
    )


class ActClassifier:
    """TF-IDF over characters and words, then logistic regression. Unsure means a question to search."""

    def __init__(self, pipeline: Pipeline, *, min_confidence: float = MIN_CONFIDENCE) -> None:
        self.pipeline = pipeline
        self.min_confidence = min_confidence

    @classmethod
    def fit(cls, examples: list[tuple[str, str]], *, min_confidence: float = MIN_CONFIDENCE) -> ActClassifier:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        texts, acts = zip(*examples)
        model = LogisticRegression(C=20.0, class_weight="balanced", max_iter=500, random_state=0)
        pipeline = make_pipeline(_features(), model).fit(list(texts), list(acts))
        return cls(pipeline, min_confidence=min_confidence)

    @classmethod
    def from_folder(cls, folder: Path) -> ActClassifier:
        return cls.fit(load_nlu_examples(folder))

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every act with its probability, best first, before the rule for unsure texts."""
        shares = self.pipeline.predict_proba([text])[0]
        ranked = sorted(zip(self.pipeline.classes_, shares), key=lambda pair: -pair[1])
        return [(str(act), float(share)) for act, share in ranked]

    def predict(self, text: str) -> tuple[str, float]:
        """The act and how sure; an unsure or wordless text is a question, the safe default."""
        act, share = self.ranking(text)[0]
        return (act, share) if share >= self.min_confidence else (SAFE_ACT, share)


def sources_digest() -> str:
    """A hash of this package's sources: a changed normaliser must train again (Rasa cannot see it)."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
