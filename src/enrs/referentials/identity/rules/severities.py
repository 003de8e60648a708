"""How soon a person must look at each kind of item (0: a wrong record may be read now; 3: tidying)."""

SEVERITIES = {
    "overlay": 0,
    "ins_on_two_patients": 0,
    "merge_across_patients": 0,
    "emergency_known": 0,
    "discordant_traits": 1,
    "parting": 1,
    "rejoining": 1,
    "ins_refused": 2,
    "possible_duplicate": 2,
    "birth_place_differs": 3,
}
