"""All tables of chains in one, rows named by table and rule."""

from dataclasses import replace

from host_tests.x509 import cases_anchors as x509_cases_anchors
from host_tests.x509 import cases_constraints as x509_cases_constraints
from host_tests.x509 import cases_form as x509_cases_form
from host_tests.x509 import cases_names as x509_cases_names
from host_tests.x509 import cases_ocsp as x509_cases_ocsp
from host_tests.x509 import cases_path as x509_cases_path
from host_tests.x509.cases import Row

TABLES = {
    "form": x509_cases_form.RULES,
    "names": x509_cases_names.RULES,
    "constraints": x509_cases_constraints.RULES,
    "path": x509_cases_path.RULES,
    "ocsp": x509_cases_ocsp.RULES,
    "anchors": x509_cases_anchors.RULES,
}
ROWS = [replace(row, name=f"{name}: {row.name}") for name, table in TABLES.items() for row in table]


def one_for_each_cause() -> list[Row]:
    """The first row that is refused with each cause, and the first that is accepted in each way."""
    return list({row.expected: row for row in reversed(ROWS)}.values())
