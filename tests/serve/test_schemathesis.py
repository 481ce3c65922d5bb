"""The whole interface as it describes itself: whatever fits the description, or does not, is answered as described."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation, BaseSchema
from tests.conftest import LONG
from tests.serve.house import HOST, House, opened

MAY_REFUSE = ["2xx", "3xx", "400", "401", "403", "404", "409", "422", "429"]  # fields can fit, and not what they say
RULES = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": MAY_REFUSE}}})
EXAMPLES = 200 if LONG else 1
ENDLESS = "/stream"  # tested in test_stream.py
WHO = ("", "wanda", "rita", "chair", "al", "audit")


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(tmp_path_factory.mktemp("schema") / "mission")
    made.simulated.send()
    for name in WHO[1:]:
        made.key(name)
    yield made
    made.close()


@pytest.fixture(scope="module")
def interface(open_house: House) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", open_house.made.app, headers={"host": HOST}, config=RULES)


def test_everything_is_answered_as_it_is_described(interface: BaseSchema, open_house: House) -> None:
    failed = []
    for found in interface.exclude(path=ENDLESS).get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                asked_and_checked(operation, mode, open_house)
            except (AssertionError, FailureGroup) as failure:
                failed.append(f"{operation.label}, {mode.value}: {failure}")
            except Unsatisfiable:  # nothing can be sent that does not fit: it takes nothing
                continue
    if failed:
        pytest.fail("\n\n".join(failed))


def asked_and_checked(operation: APIOperation, mode: GenerationMode, house: House) -> None:
    """Some requests, each by everybody."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def checked(case: schemathesis.Case) -> None:
        for who in WHO:
            headers = {"host": HOST, "origin": f"http://{HOST}"}
            if who:
                headers["authorization"] = f"Bearer {house.key(who)}"
            case.call_and_validate(headers=headers)

    checked()
