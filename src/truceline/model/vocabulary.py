"""The closed word lists that readers, mandates and reports share.

A word that is not here is refused, with the nearest one.

Weapon classes are leaves; a group names several. A source that only says "drone" is recorded as the group: it is
then possibly, and not surely, each of its leaves.
"""

ACTS = (
    "fire",  # a weapon was fired: shot, burst, explosion of unknown origin, artillery
    "launch",  # a long-range weapon or drone was launched
    "strike",  # something was hit
    "assault",  # an attack by ground forces
    "present",  # a weapon or force was at a place
    "inventory",  # a dated count of distinct items at a place
    "move",
    "fly",
    "exercise",
    "enter",
    "withdraw",
    "build",  # works, fortification, mine laying
    "clash",
    "alert",
    "burn",  # a fire or other heat was seen, whatever its cause
    "loss",  # a sensor of the mission stopped answering, whatever the cause
)

WEAPON_GROUPS: dict[str, tuple[str, ...]] = {
    "artillery": ("howitzer", "gun", "anti_tank_gun"),
    "rocket_artillery": ("mlrs", "mlrs_heavy"),
    "drone": ("strike_drone", "short_range_strike_drone", "recon_drone"),
    "missile": (
        "cruise_missile",
        "ballistic_missile",
        "anti_ship_missile",
        "anti_radiation_missile",
        "air_defence_missile",
        "tactical_missile",
    ),
}
WEAPON_LEAVES = (
    *(leaf for leaves in WEAPON_GROUPS.values() for leaf in leaves),
    "mortar",
    "tank",
    "armoured_vehicle",
    "air_defence",
    "anti_tank_missile",
    "grenade_launcher",
    "machine_gun",
    "autocannon",
    "small_arms",
    "aircraft",
    "helicopter",
    "mine",
    "balloon",
    "personnel",
)
WEAPON_CLASSES = (*WEAPON_LEAVES, *WEAPON_GROUPS)

OBJECTS = (
    "refinery",
    "oil_pipeline",
    "gas_pipeline",
    "gas_storage",
    "oil_depot",
    "power_plant",
    "substation",
    "power_line",
    "nuclear_plant",
    "hydro_dam",
    "port",
    "dwelling",
    "hospital",
    "school",
    "sensor",
    "other",
)

MEANS = (
    "site_visit",
    "patrol",
    "heard",
    "seen",
    "camera",
    "uav_image",
    "satellite",
    "acoustic",
    "radar",
    "own_log",
    "news",
    "told",
)

# Civilian casualties and damage. A status says on whose word it stands: looked into by the source, or passed on by it.
CASUALTY_KINDS = ("killed", "injured", "missing")
CIVILIAN_GROUPS = ("woman", "man", "girl", "boy", "adult", "child")
DAMAGE_DEGREES = ("destroyed", "damaged")
STATEMENT_STATUSES = ("confirmed", "reported")


def leaves_of(weapon_class: str) -> frozenset[str]:
    """The leaf classes that a recorded class can be; all of them for the empty (unknown) class."""
    if not weapon_class:
        return frozenset(WEAPON_LEAVES)
    return frozenset(WEAPON_GROUPS.get(weapon_class, (weapon_class,)))
