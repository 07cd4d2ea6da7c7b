"""Words for body sites, as far as notes and the Tabular combine them freely with conditions."""

from __future__ import annotations

from wardround.coding.titles import SIDES

__all__ = ["LOCATED", "SITES"]

LOCATED = frozenset(
    "abdomen abdominal ankle arm artery axilla back bladder bone bowel brain breast buttock calf cervical chest "
    "clavicle colon cornea ear elbow esophagus eye eyelid face femur fibula finger flank foot forearm "
    "gallbladder groin hand heel hip humerus jaw joint kidney knee leg limb lip liver lumbar lung mouth neck "
    "nose ovary patella pelvic pelvis radius rectum rib scalp scapula shin shoulder skin spine sternum stomach "
    "testis thigh thoracic throat thumb thyroid tibia toe tongue trunk ulna ureter uterus vein wrist".split()
)
"""Sites that a condition can be looked for at elsewhere in a note."""

SITES = (
    LOCATED
    | SIDES
    | frozenset("distal great head index lateral little low lower lymph medial middle node proximal ring upper".split())
)
"""Sites, sides and places within a site: two finds of one sentence may share them."""
