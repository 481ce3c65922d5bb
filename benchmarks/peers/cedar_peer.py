"""Cedar: prohibitions as `forbid`, permissions as `permit`, the facts of an event as the request's context.

`python benchmarks/peers/cedar_peer.py [--rows 1000000] [--seconds 60]`, in an environment with cedarpy.
"""

import argparse
import json
import time
from importlib.metadata import version

import cedarpy
from questions import (
    ACTS,
    CLAUSES,
    DAY_S,
    EVENTS,
    FEB_S,
    JAN_S,
    KM,
    PARTIES,
    THINGS,
    WEAPONS,
    Event,
    compare,
    completions,
    machine,
    many,
    rate,
    show,
    three_valued,
    two_hundred,
)

ALL_ACTS = (*ACTS, "withdraw", "move", "launch", "assault")
SCHEMA = """
type Facts = {
  weapon: String, thing: String, calibre_mm: Long, own_mm: Long, corridor_mm: Long, range_mm: Long, at_s: Long,
  storage: Bool, exercises_in_24h: Long, independent_sources: Long
};
entity Party;
entity Event;
action ACTS appliesTo { principal: [Party], resource: [Event], context: Facts };
""".replace("ACTS", ", ".join(ALL_ACTS))
TUBE = '["howitzer", "mortar"].contains(context.weapon)'
POLICIES = f"""
@id("base") permit (principal, action, resource);
@id("C1") forbid (principal, action == Action::"present", resource)
  when {{ {TUBE} && context.calibre_mm >= 100 && context.own_mm <= {25 * KM} && context.at_s >= {FEB_S} }}
  unless {{ context.storage }};
@id("C2") forbid (principal, action == Action::"present", resource)
  when {{ ({TUBE} || context.weapon == "tank") && context.calibre_mm < 100 && context.own_mm <= {15 * KM}
    && context.at_s >= {FEB_S} }};
@id("C3") forbid (principal, action == Action::"fire", resource)
  when {{ context.at_s >= {JAN_S} }} unless {{ context.range_mm >= 0 }};
@id("C5") forbid (principal, action == Action::"fly", resource)
  when {{ context.weapon == "recon_drone" && context.own_mm <= {30 * KM} && context.at_s >= {JAN_S} }};
@id("C6") permit (principal, action == Action::"fly", resource)
  when {{ context.weapon == "recon_drone" && context.corridor_mm >= 0 && context.at_s >= {JAN_S} }};
@id("C7") forbid (principal, action == Action::"exercise", resource)
  when {{ context.exercises_in_24h > 2 && context.own_mm <= {15 * KM} }};
@id("C8") forbid (principal, action == Action::"build", resource)
  when {{ context.own_mm > {25 * KM} && context.own_mm <= {15 * KM} }};
@id("C9") forbid (principal, action == Action::"strike", resource)
  when {{ ["dwelling", "hospital", "school"].contains(context.thing) && context.at_s >= {JAN_S} }};
"""
DEAD_BY_TYPE = '@id("C8b") forbid (principal, action == Action::"build", resource) when { context.own_mm == "far" };'
DEAD_BY_FALSE = '@id("C8c") forbid (principal == Event::"e", action == Action::"build", resource);'


def facts(event: Event) -> dict[str, object]:
    """One exact event as a context."""
    return {
        "weapon": event.weapon,
        "thing": event.on,
        "calibre_mm": event.calibre_mm[0],
        "own_mm": event.own_mm[0],
        "corridor_mm": event.corridor_mm[0],
        "range_mm": event.range_mm[0],
        "at_s": event.at_s,
        "storage": event.storage[0] == 1,
        "exercises_in_24h": 0,
        "independent_sources": event.sources,
    }


def request(party: str, act: str, context: dict[str, object]) -> dict[str, object]:
    return {
        "principal": f'Party::"{party}"',
        "action": f'Action::"{act}"',
        "resource": 'Event::"e"',
        "context": context,
    }


def clauses_of(result: cedarpy.AuthzResult) -> set[str]:
    """Which policies decided, by their @id."""
    return set(result.diagnostics.id_annotations_by_reason.values())


def asked(events: list[Event], policies: cedarpy.PolicySet, schema: cedarpy.Schema) -> list[set[str]]:
    requests = [request(event.party, event.act, facts(event)) for event in events]
    return [clauses_of(each) for each in cedarpy.is_authorized_batch(requests, policies, [], schema)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args()
    print(f"cedarpy {version('cedarpy')}; {machine()}")
    policies, schema = cedarpy.PolicySet.from_str(POLICIES), cedarpy.Schema.from_str(SCHEMA)
    exact = [event for event in EVENTS if event.exact]
    held = asked(exact, policies, schema)
    words = {True: "breach", False: "no_breach"}
    compare(1, {e.name: {c: words[c in found] for c in CLAUSES} for e, found in zip(exact, held, strict=True)})
    by_event = {}
    for event in EVENTS:
        if not event.exact:
            ways = asked(list(completions(event)), policies, schema)
            by_event[event.name] = {c: three_valued([c in found for found in ways]) for c in CLAUSES}
    compare(2, by_event)
    show(2, "the three values come from outside: every completion of the facts was listed and asked about")
    unknown_calibre(policies)
    drone = next(event for event in EVENTS if event.name == "e10")
    show(3, f"a drone in the corridor: {sorted(asked([drone], policies, schema)[0])} decides; C6 is not mentioned")
    tank = next(event for event in EVENTS if event.name == "e9")
    show(
        4,
        f"a T-72 at 100 m: {sorted(asked([tank], policies, schema)[0])}: the base permission covers what nothing rules",
    )
    for name, text in (("C8", ""), ("a wrong type", DEAD_BY_TYPE), ("a wrong kind of principal", DEAD_BY_FALSE)):
        result = cedarpy.validate_policies(POLICIES + text, SCHEMA)
        found = [str(each) for each in (*result.errors, *getattr(result, "warnings", ()))]
        show(
            5, f"validator, dead by {name}: passed {result.validation_passed}; {found[0] if found else 'nothing said'}"
        )
    show(10, f"diagnostics of e1: {sorted(held[0])}, no facts")
    speed(policies, wanted)


def unknown_calibre(policies: cedarpy.PolicySet) -> None:
    """Partial evaluation with one unknown in the context, which is Cedar's own way to say "not known"."""
    event = next(each for each in EVENTS if each.name == "u3")
    context = facts(event) | {"calibre_mm": {"__extn": {"fn": "unknown", "arg": "calibre_mm"}}}
    try:
        result = cedarpy.is_authorized_partial(request(event.party, event.act, context), policies, [])
    except ValueError as error:
        show(2, f"partial evaluation with an unknown calibre: {error}")
        return
    left = [each for each in result.residuals.values() if "calibre_mm" in json.dumps(each)]
    for each in left:
        words = f"{each['annotations']['id']} is left over, as a condition on calibre_mm alone"
        show(2, f"partial evaluation (experimental), calibre unknown: {result.decision.name}; {words}")


def speed(policies: cedarpy.PolicySet, wanted: argparse.Namespace) -> None:
    table = many(wanted.rows)
    hits, inside_us, nobody = dict.fromkeys(CLAUSES, 0), [0], cedarpy.Entities.from_json_str("[]")

    def part(first: int, past: int) -> None:
        requests = []
        for row in range(first, past):
            context = {
                "weapon": WEAPONS[table["weapon"][row]],
                "thing": THINGS[table["on"][row]],
                **{key: table[key][row] for key in ("calibre_mm", "own_mm", "corridor_mm", "range_mm", "at_s")},
                "storage": table["storage"][row] == 1,
                "exercises_in_24h": 0,
                "independent_sources": 2,
            }
            requests.append(request(PARTIES[table["party"][row]], ACTS[table["act"][row]], context))
        for result in cedarpy.is_authorized_batch(requests, policies, nobody):  # quicker without a schema
            inside_us[0] += result.metrics["authz_duration_micros"]
            for name in clauses_of(result) & set(CLAUSES):
                hits[name] += 1

    show(12, rate(part, wanted.rows, wanted.seconds))
    show(12, f"breaches: {hits}; deciding alone, by Cedar's own clock: {inside_us[0] / 1e6:.2f} s")
    text = "\n".join(
        f'@id("{b.name}") {"permit" if b.allowed else "forbid"} '
        f'(principal == Party::"{b.party}", action == Action::"{b.act}", resource) when {{ '
        f"context.own_mm > {b.beyond_km * KM} && context.own_mm <= {b.within_km * KM} && "
        f"context.at_s >= {JAN_S + b.from_day * DAY_S} && context.at_s < {JAN_S + b.until_day * DAY_S} }};"
        for b in two_hundred()
    )
    begun_s = time.process_time()
    result = cedarpy.validate_policies(text, SCHEMA)
    took_s = time.process_time() - begun_s
    show(
        12, f"200 clauses: validated in {took_s:.3f} s, passed {result.validation_passed}, errors {len(result.errors)}"
    )


if __name__ == "__main__":
    main()
