"""What becomes of each column. A column that is not here is released to nobody but the mission."""

from enum import Enum, auto


class Treatment(Enum):
    """What recipients other than the mission get of a column.

    "Whole" rows are those that a party sent in itself, and those that are addressed to it alone.
    """

    KEEP = auto()  # everybody who gets the row
    LON = auto()  # whole rows exact, else the middle of the cell
    LAT = auto()
    COV_EE = auto()  # whole rows exact, else the cell's own
    COV_EN = auto()
    COV_NN = auto()
    TIME_DOWN = auto()  # whole rows and auditor exact, else widened outward: down
    TIME_UP = auto()  # up, to the last microsecond of the unit
    COUNT_LO = auto()  # whole rows and auditor exact, else no smaller count told apart
    COUNT_HI = auto()
    DETAIL = auto()  # whole rows and auditor, else empty
    WORDS = auto()  # free text, which can name places and people: whole rows, else empty
    INNER = auto()  # where it came from: auditor, else empty
    SECRET = auto()  # people and the mission's own positions: nobody


_T = Treatment
PLACE = (_T.LON, _T.LAT, _T.COV_EE, _T.COV_EN, _T.COV_NN)
EMPTIED = (_T.DETAIL, _T.WORDS, _T.INNER, _T.SECRET)
BY_TREATMENT = {
    _T.KEEP: (
        "event_id finding_id observation_id claim_id notice_id impediment_id coverage_id casualty_id damage_id case_id "
        "bulletin_id flight_id event_ids finding_ids aliases status parties act weapon_system weapon_class "
        "calibre_lo_mm calibre_hi_mm object_kind group cause degree mandate clause addressee addressees reading "
        "verdict reason breach_class outcome claimant accused topic register party decided_by given_to kind area_of "
        "announced share_permille response step ended level issue language sha256 supersedes media_type "
        "feature from_km until_km purpose"
    ),
    _T.LON: "lon_deg",
    _T.LAT: "lat_deg",
    _T.COV_EE: "cov_ee_m2",
    _T.COV_EN: "cov_en_m2",
    _T.COV_NN: "cov_nn_m2",
    _T.TIME_DOWN: "earliest_at_us given_earliest_at_us opened_at_us at_us from_us",
    _T.TIME_UP: "latest_at_us given_latest_at_us due_at_us until_us",
    _T.COUNT_LO: "count_lo",
    _T.COUNT_HI: "count_hi",
    _T.DETAIL: "confidence_permille disagreement origin missing means category speaker citation zone",
    _T.WORDS: "place_name happening inventory remark words reason_given not_verified corrected",
    _T.INNER: "members could_be media residual_m source_id sources certificate_sha256 raw_sha256 raw_at",
    _T.SECRET: (
        "person observer_lon_deg observer_lat_deg observer_error_m range_lo_m range_hi_m bearing_lo_deg bearing_hi_deg "
        "met_lon_deg met_lat_deg reach_m"
    ),
}
COLUMNS: dict[str, Treatment] = {name: one for one, names in BY_TREATMENT.items() for name in names.split()}

# Kind of item -> the column that names it, the column that its delay runs from.
ID_OF = {
    "event": "event_id",
    "finding": "finding_id",
    "observation": "observation_id",
    "claim": "claim_id",
    "notice": "notice_id",
    "impediment": "impediment_id",
    "coverage": "coverage_id",
    "casualty": "casualty_id",
    "damage": "damage_id",
    "case": "case_id",
    "bulletin": "bulletin_id",
    "media": "sha256",
    "flight": "flight_id",
}
ENDS_AT = {
    "case": "opened_at_us",
    "bulletin": "at_us",
    "media": "at_us",
    "flight": "at_us",
}  # every other: latest_at_us
LINKS = ("members", "aliases", "event_ids", "finding_ids", "event_id")  # what a row rests on: withheld with it
