"""Whatever is sent to Open311 and to the door for other systems, they answer by their own description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.gateway.test_api_fuzz import CHECKS, Server

pytestmark = pytest.mark.postgres
KEY = "khoa-cua-ung-dung"
EXAMPLES = 25
FIXED = {
    "api_key": KEY,
    "service_code": "duong-giao-thong",
    "jurisdiction_id": "lam-dong",
    "attribute[dong_y]": "co",
    "address_string": "chợ Lương Sơn",
}


@pytest.fixture
def url(dsn: str) -> Iterator[str]:
    with Server(dsn, open311_keys=KEY) as address:
        yield address


def test_nothing_sent_breaks_the_doors_for_other_systems(url: str) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json").include(
        path_regex="^/(open311|api/v1/desk/hooks)"
    )
    seen: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # our description is a valid one

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def fuzz(case: schemathesis.Case) -> None:  # type: ignore[type-arg]
            if case.method == "POST" and isinstance(case.body, dict) and "open311" in case.path:
                case.body = {**case.body, **FIXED}  # so that it gets past the door
            response = case.call(base_url=url, timeout=20)
            seen.add(response.status_code)
            case.validate_response(response, checks=CHECKS)  # type: ignore[arg-type]

        given(case=operation.as_strategy())(fuzz)()
    assert seen >= {200, 400, 404}
