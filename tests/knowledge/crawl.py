"""Lines of our own making in the shapes that are ingested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from knowledge.parsers.cells import HEADER as CHANNELS
from knowledge.parsers.dossier import HEADER as DOSSIER
from knowledge.parsers.legal import HEADER as LEGAL


def crawl_line(code: str = "9.000001", **changes: Any) -> dict[str, Any]:
    """A line of a portal crawl, about nothing real."""
    line = {
        "ma_thu_tuc": code,
        "detail_url": f"https://example.test/{code}",
        "ten_thu_tuc": "Cấp giấy mẫu cho người dân",
        "so_quyet_dinh": "12/QĐ-MAU",
        "cap_thuc_hien": "Cấp tỉnh, Cấp xã",
        "linh_vuc": "Lĩnh vực mẫu",
        "doi_tuong_thuc_hien": "Công dân Việt Nam, Tổ chức (không bao gồm doanh nghiệp, HTX)",
        "co_quan_co_tham_quyen": "",
        "dia_chi_tiep_nhan": "",
        "thu_tuc_lien_quan": "Không có thông tin",
        "trinh_tu_thuc_hien": "Bước 1: Nộp hồ sơ.\nBước 2: Nhận kết quả.",
        "cach_thuc_thuc_hien": f"{CHANNELS}Trực tuyến3 Ngày làm việcMiễn phí(Không)Trực tiếp1Miễn phí",
        "thanh_phan_ho_so": f"--{DOSSIER}Tờ khai mẫu;Mau01.docx1 bản chính",
        "can_cu_phap_ly": f"{LEGAL}Luật Mẫu60/2014/QH13",
        "co_quan_thuc_hien": "Ủy ban nhân dân cấp xã",
        "yeu_cau_dieu_kien": "Không có thông tin",
        "ket_qua_xu_ly": "Giấy mẫuMã: KQ.M01.000001Từ khóaKhông có thông tinMô tảKhông có thông tin",
        "bo_nganh": "bo-tu-phap",
    }
    return line | changes


_TABLES: dict[str, Any] = {
    "hinh_thuc_nop": [
        {
            "hinh_thuc": "Trực tiếp",
            "thoi_han_giai_quyet": "07 Ngày làm việc",
            "phi_le_phi": "Phí : 0 Đồng",
            "mo_ta": "",
        }
    ],
    "thanh_phan_ho_so": [
        {"ten_giay_to": "Tờ khai", "so_luong": "Mau.doc", "ghi_chu": "Bản chính: 1\nBản sao: 0"}
    ],
    "can_cu_phap_ly": [
        {"so_ky_hieu": "131/2021/NĐ-CP", "trich_yeu": "Nghị định mẫu", "ngay_ban_hanh": "30-12-2021"}
    ],
}


def export_file(code: str = "9.000002", **tables: Any) -> dict[str, Any]:
    """A file of the export, about nothing real."""
    return {
        "thu_tuc_id": code,
        "metadata": {
            "mã_thủ_tục": code,
            "tên_thủ_tục": "Xin giấy mẫu",
            "số_quyết_định": "Quyết định số 7/QĐ-BQP",
            "cấp_thực_hiện": "Cấp Bộ",
            "lĩnh_vực": "Mẫu",
        },
        "content": {
            "trình_tự_thực_hiện": "Bước 1: Nộp. Bước 2: Nhận.",
            "cơ_quan_thực_hiện": "Phòng Mẫu",
            "đối_tượng_thực_hiện": "Công dân Việt Nam",
            "kết_quả_thực_hiện": "Giấy mẫu",
            "yêu_cầu_điều_kiện_thực_hiện": "Không",
        },
        "tables": _TABLES | tables,
    }


def write_lines(path: Path, *lines: object) -> Path:
    """A `.jsonl` file: dictionaries as JSON, texts and bytes as they are."""
    rows = []
    for line in lines:
        text = line if isinstance(line, bytes | str) else json.dumps(line, ensure_ascii=False)
        rows.append(text if isinstance(text, bytes) else text.encode())
    path.write_bytes(b"\n".join(rows) + b"\n")
    return path
