"""What a note says of a mention: one row per way of saying it."""

from __future__ import annotations

import pytest

from wardround.documents import AssertionStatus, assertions, read
from wardround.spans import Span

# sentence, mention, status, cue ("" where there is none)
PRESENT = """
Her pain is most likely due to gout. | pain |
This is likely gout, with tophi. | tophi |
No fever, cough present. | cough |
Denies tobacco use, has hypertension. | hypertension |
Not suicidal, depressed mood. | depressed mood |
Seizure disorder, last seizure 3 years ago. | Seizure disorder |
Diagnosed with diabetes 10 years ago. | diabetes | Diagnosed with
Chest pain, not likely cardiac. | Chest pain |
No N/V/D, +headache | headache | +
COPD without exacerbation. | COPD |
Osteoporosis with high fracture risk. | Osteoporosis |
Aspirin for stroke prevention in atrial fibrillation. | atrial fibrillation |
Without known allergies, with a history of hypertension, he takes lisinopril. | lisinopril |
Acute kidney injury, resolved; anemia. | anemia |
History of stroke with residual weakness. | weakness |
Patient advised to avoid NSAIDs given kidney disease. | kidney disease |
He has gout. | gout |
She reports a dry cough. | cough | She reports
Endorses dizziness. | dizziness | Endorses
Positive for nausea and vomiting. | vomiting | Positive for
(+) cough | cough | (+)
+ankle swelling, -fever | ankle swelling | +
Known asthma since school. | asthma | Known
Recently diagnosed with lupus. | lupus | diagnosed with
A 3-month history of low back pain. | low back pain | month history of
Long history of migraine with aura. | migraine | Long history of
Past medical history significant for hypertension, gout, and asthma. | asthma | Past medical history significant for
PMH: HTN, DM2 | DM2 |
Her history is notable for epilepsy. | epilepsy | history is notable for
History of present illness was difficult to obtain because of aphasia. | aphasia |
The patient is a 70 year old man with emphysema. | emphysema |
No change in her asthma. | asthma |
No increase in edema. | edema |
Not only gout but also psoriasis is active. | gout |
Not only gout but also psoriasis is active. | psoriasis |
Sputum grew gram negative rods; pneumonia is improving. | pneumonia |
He walks without difficulty despite his sciatica. | sciatica |
He is not taking his pills for hypertension. | hypertension |
Her asthma is not well controlled. | asthma |
The rash has not resolved. | rash |
No medication for his hypertension at present. | hypertension |
No limitation from his osteoarthritis. | osteoarthritis |
No fever, but she has pneumonia. | pneumonia |
Denies chest pain; endorses dyspnea. | dyspnea | endorses
Denies fever but reports chills. | chills | reports
Negative for rash, positive for pruritus. | pruritus | positive for
No cough, however wheezing is heard. | wheezing |
No murmurs. Edema of both legs. | Edema |
No rash except for eczema on the hands. | eczema |
She denies pain, she has numbness. | numbness |
No fracture, mild osteoarthritis of the knee. | osteoarthritis |
He lives with his mother and has asthma. | asthma |
Mother reports that the child has an ear infection. | ear infection |
His wife states he snores from sleep apnea. | sleep apnea |
Shoulder pain, likely due to overuse. | Shoulder pain |
Chest pain, rule out infarction. | Chest pain |
Risk factors include smoking and diabetes. | diabetes |
Cellulitis of the left leg. No. 2 compression stockings. | Cellulitis |
Continue lisinopril for hypertension and no longer takes aspirin. | hypertension |
Prior to admission she had cellulitis. | cellulitis |
Osteoporosis screening was done; osteoporosis was found. | osteoporosis |
Anemia due to chronic blood loss. | Anemia |
Denies any new symptoms of her rheumatoid arthritis, which is stable. | stable |
We discussed her obesity. | obesity |
Continues to have vertigo. | vertigo | Continues to have
Found to have a kidney stone. | kidney stone | Found to have
Presents with epistaxis. | epistaxis | Presents with
Complains of heartburn. | heartburn | Complains of
"""
NEGATED = """
This is unlikely to be sepsis. | sepsis | is unlikely to be
Fever (none), cough (yes) | Fever | none
-fever, -chills, +cough | chills | -
-fever, -chills, +cough | fever | -
Tested negative for influenza. | influenza | Tested negative for
Doubt pneumonia. | pneumonia | Doubt
Never smoker | smoker | Never
Denies:\\n- fever\\n- chills | chills | Denies
COPD with no exacerbation. | exacerbation | with no
A negative stress test. | stress test | negative
PERTINENT NEGATIVES:\\nfever, cough | cough | PERTINENT NEGATIVES
Denies fever, chills, or vomiting. | fever | Denies
Denies fever, chills, or vomiting. | vomiting | Denies
No fevers, chills. No N/V. | chills | No
No fevers, chills. No N/V. | N/V | No
The patient denied any chest pain on exertion, palpitations, or syncope. | syncope | denied
She denies that she has seizures. | seizures | denies
Denies having headaches. | headaches | Denies having
Negative for rash and itching. | itching | Negative for
No evidence of metastatic disease. | metastatic disease | No evidence of
There is no sign of infection. | infection | There is no
Without edema. | edema | Without
Heart regular w/o murmur. | murmur | w/o
Pneumonia was ruled out. | Pneumonia | was ruled out
Pulmonary embolism and deep vein thrombosis were ruled out by CT. | Pulmonary embolism | were ruled out
Ruled out for myocardial infarction. | myocardial infarction | Ruled out for
CT ruled out a pulmonary embolism. | pulmonary embolism | CT ruled out
Fracture has been excluded. | Fracture | has been excluded
Fever: no | Fever | no
Fever? No | Fever | No
Rash: none | Rash | none
Rash: negative | Rash | negative
Cough - denies | Cough | denies
Stroke: denied | Stroke | denied
(-) fever | fever | (-)
fever (-), cough (+) | fever | (-)
Jaundice is absent. | Jaundice | is absent
Clubbing is not present. | Clubbing | is not present
Hernia not palpable. | Hernia | not palpable
Consolidation was not seen. | Consolidation | was not seen
He does not have diabetes. | diabetes | does not have
She doesn't have asthma. | asthma | doesn't have
He has never had a stroke. | stroke | never had
She is not diabetic. | diabetic | not
X-ray does not show a fracture. | fracture | not show
Imaging shows no fracture or dislocation. | dislocation | shows no
Neither cyanosis nor clubbing. | clubbing | nor
Free of angina since surgery. | angina | Free of
No history of gout. | gout | No history of
Denies history of seizures. | seizures | Denies
No family history of colon cancer. | colon cancer | No
Absence of hydronephrosis. | hydronephrosis | Absence of
Findings not consistent with appendicitis. | appendicitis | not consistent with
Low suspicion for meningitis. | meningitis | Low suspicion for
Sepsis is unlikely. | Sepsis | is unlikely
Unlikely appendicitis. | appendicitis | Unlikely
Asymptomatic for angina. | angina | Asymptomatic for
Rapid strep negative in clinic. | strep | negative
• Constitutional: Denies weight loss. | weight loss | Denies
ROS: no cough/fever/chills | chills | no
Patient denies the following: fever, chills, night sweats. | night sweats | denies
He denies any other symptoms such as nausea, diarrhea, and fatigue. | fatigue | denies any
Denies chest pain or shortness of breath at rest. | shortness of breath | Denies
No acute distress, no rash. | rash | no
No pain in the knee, hip, or ankle swelling. | ankle swelling | No
No known drug allergies. | drug allergies | No known
No signs or symptoms of heart failure. | heart failure | No signs or symptoms of
Without complaints of angina or dyspnea. | dyspnea | Without
Patient with no cough or wheeze. | wheeze | with no
No NSAIDs, no ulcers. | ulcers | no
Abdomen soft, no masses, hernias or tenderness. | tenderness | no
Hepatitis B surface antigen negative. | antigen | negative
The effusion is not demonstrated on this film. | effusion | is not demonstrated
No longer suspected; lymphoma was ruled out. | lymphoma | was ruled out
Cannot see papilledema. | papilledema | Cannot see
Tinnitus is denied. | Tinnitus | is denied
"""
POSSIBLE = """
This is likely gout. | gout | is likely
Her pain is most likely due to gout. | gout | is most likely due to
It was possibly a seizure. | seizure | was possibly
This is probably gout. | gout | is probably
Gout is considered. | Gout | is considered
Gout is likely given the tophi. | Gout | is likely
Skin lesion, melanoma? | melanoma | ?
Rule out: pneumonia | pneumonia | Rule out
DIFFERENTIAL DIAGNOSIS:\\n1. Pneumonia\\n2. Asthma | Asthma | DIFFERENTIAL DIAGNOSIS
Working diagnosis: lupus | lupus | Working diagnosis
Likely viral pharyngitis. | pharyngitis | Likely
Gout is likely. | Gout | is likely
Gout likely. | Gout | likely
Shoulder pain, likely due to tendinitis. | tendinitis | likely due to
Hand pain, likely osteoarthritis. | osteoarthritis | likely
Possible kidney stone. | kidney stone | Possible
Kidney stone is possible. | Kidney stone | is possible
Probable pneumonia. | pneumonia | Probable
Suspected appendicitis. | appendicitis | Suspected
Appendicitis is suspected. | Appendicitis | is suspected
We suspect a rotator cuff tear. | rotator cuff tear | suspect
Concern for sepsis. | sepsis | Concern for
Findings concerning for lymphoma. | lymphoma | concerning for
Foot pain, consistent with a stress fracture. | stress fracture | consistent with
Changes compatible with sarcoidosis. | sarcoidosis | compatible with
Suggestive of cholecystitis. | cholecystitis | Suggestive of
Lesion suspicious for melanoma. | melanoma | suspicious for
Rule out appendicitis. | appendicitis | Rule out
r/o MI | MI | r/o
R/O ectopic pregnancy | ectopic pregnancy | R/O
CT ordered to rule out stroke. | stroke | to rule out
Pulmonary embolism cannot be excluded. | Pulmonary embolism | cannot be excluded
Cannot rule out fracture. | fracture | Cannot rule out
Infarction was not ruled out. | Infarction | was not ruled out
Meningitis still to be ruled out. | Meningitis | still to be ruled out
?pneumonia | pneumonia | ?
? UTI | UTI | ?
Abdominal pain, ?appendicitis | appendicitis | ?
Viral versus bacterial pharyngitis. | bacterial pharyngitis | versus
Gout vs pseudogout | pseudogout | vs
Gout vs pseudogout | Gout | vs
The differential includes lupus and vasculitis. | vasculitis | differential includes
Questionable nodule in the left lung. | nodule | Questionable
Presumed viral gastroenteritis. | gastroenteritis | Presumed
This appears to be cellulitis. | cellulitis | appears to be
This may be shingles. | shingles | may be
It could represent a lipoma. | lipoma | could represent
MRI to evaluate for labral tear. | labral tear | to evaluate for
Work up for celiac disease. | celiac disease | Work up for
Most likely costochondritis. | costochondritis | Most likely
Symptoms are thought to be due to reflux. | reflux | thought to be due to
Probably sinusitis | sinusitis | Probably
Favor migraine over tension headache. | migraine | Favor
Appears consistent with eczema. | eczema | Appears consistent with
Lyme disease remains a possibility. | Lyme disease | remains a possibility
Gout (possible) | Gout | possible
Raises the possibility of lymphoma. | lymphoma | Raises the possibility of
No fever, possible sinusitis. | sinusitis | possible
Knee swelling c/w effusion. | effusion | c/w
Unclear if this is shingles. | shingles | Unclear if
"""
HYPOTHETICAL = """
Return if fever develops. | fever | Return if
Return for chest pain or dyspnea. | dyspnea | Return for
Call if you have bleeding. | bleeding | Call if
If she develops a rash, stop the drug. | rash | If she develops
Should he develop chest pain, call 911. | chest pain | Should he develop
At risk for osteoporosis. | osteoporosis | At risk for
There is a risk of infection and bleeding. | bleeding | risk of
Aspirin to prevent stroke. | stroke | to prevent
Monitor for signs of bleeding. | bleeding | Monitor for signs of
Watch for jaundice. | jaundice | Watch for
Screening for colon cancer. | colon cancer | Screening for
Colon cancer screening is due. | Colon cancer | screening
DVT prophylaxis with heparin. | DVT | prophylaxis
In case of anaphylaxis use the pen. | anaphylaxis | In case of
Educated about hypoglycemia. | hypoglycemia | Educated about
Discussed possible side effects including nausea and rash. | rash | possible side effects including
Risks include infection, bleeding, and nerve injury. | nerve injury | Risks include
Untreated, it can lead to blindness. | blindness | can lead to
Vaccinated against influenza. | influenza | Vaccinated against
He was exposed to tuberculosis at work. | tuberculosis | exposed to
Use the inhaler as needed for wheezing. | wheezing | as needed for
Go to the ED for severe headache. | headache | Go to the ED for
Unless diarrhea returns, continue. | diarrhea | Unless
"""
HISTORICAL = """
No longer smokes tobacco. | tobacco | No longer
The pain resolved after a week. | pain | resolved
CAD s/p bypass surgery with angina. | bypass surgery | s/p
History of gout. | gout | History of
h/o stroke | stroke | h/o
Hx breast cancer | breast cancer | Hx
s/p renal transplant | renal transplant | s/p
Status post appendectomy. | appendectomy | Status post
Previous stroke with good recovery. | stroke | Previous
Prior myocardial infarction. | myocardial infarction | Prior
Stroke 5 years ago. | Stroke | years ago
He had asthma as a child. | asthma | as a child
Childhood asthma. | asthma | Childhood
Pneumonia, resolved. | Pneumonia | resolved
Her shingles has resolved. | shingles | has resolved
Resolved hepatitis A. | hepatitis A | Resolved
Old fracture of the ankle. | fracture | Old
Former smoker. | smoker | Former
Remote tuberculosis. | tuberculosis | Remote
Kidney stones in the past. | Kidney stones | in the past
Had a stroke in 1998. | stroke | in 1998
Hepatitis in 2004, treated. | Hepatitis | in 2004
Personal history of melanoma. | melanoma | Personal history of
She no longer has migraines. | migraines | no longer has
Recovered from pneumonia. | pneumonia | Recovered from
Leukemia, in remission. | Leukemia | in remission
Previously treated for syphilis. | syphilis | Previously treated for
History of stroke, who presents with fever. | stroke | History of
"""
FAMILY = """
Mother had breast cancer. | breast cancer | Mother had
Father with diabetes and hypertension. | hypertension | Father with
Family history of colon cancer. | colon cancer | Family history of
FH of early heart disease. | heart disease | FH of
FHx: glaucoma | glaucoma | FHx
Gout runs in the family. | Gout | runs in the family
Maternal aunt with ovarian cancer. | ovarian cancer | aunt with
Her sister's lupus was severe. | lupus | sister's
Mother: diabetes | diabetes | Mother
Brother - epilepsy | epilepsy | Brother
His father died of a stroke. | stroke | father died of
Breast cancer in her sister. | Breast cancer | in her sister
Family history is significant for hemophilia. | hemophilia | Family history is significant for
Grandmother was diagnosed with dementia. | dementia | Grandmother was diagnosed with
Both parents have hypertension. | hypertension | parents have
His wife has influenza. | influenza | wife has
Paternal grandfather: prostate cancer | prostate cancer | Paternal grandfather
FAMILY HISTORY\\nAsthma, eczema. | eczema | FAMILY HISTORY
"""


def rows() -> list[tuple[str, str, AssertionStatus, str]]:
    tables = {
        AssertionStatus.PRESENT: PRESENT,
        AssertionStatus.NEGATED: NEGATED,
        AssertionStatus.POSSIBLE: POSSIBLE,
        AssertionStatus.HYPOTHETICAL: HYPOTHETICAL,
        AssertionStatus.HISTORICAL: HISTORICAL,
        AssertionStatus.FAMILY: FAMILY,
    }
    found = []
    for status, table in tables.items():
        for line in table.strip().splitlines():
            sentence, mention, cue = (part.strip() for part in line.split("|"))
            found.append((sentence, mention, status, cue))
    return found


@pytest.mark.parametrize(("sentence", "mention", "status", "cue"), rows())
def test_status_and_cue(sentence: str, mention: str, status: AssertionStatus, cue: str) -> None:
    sentence = sentence.replace("\\n", "\n")
    note = read(sentence)
    at = sentence.rindex(mention)
    said = assertions(note).at(Span(at, at + len(mention)))
    assert said.status is status
    assert (sentence[said.cue.start : said.cue.end] if said.cue else "") == cue


@pytest.mark.parametrize(
    "text",
    [
        "No fever or cough, but likely pneumonia. Mother had gout. History of stroke ten years ago.",
        "FAMILY HISTORY\nMother: gout, asthma.\n\nASSESSMENT\n1. (-) rash, +cough, ?pneumonia.\n2. Rule out stroke.",
        "Denies:\n- fever\n- chills\n- no family history of stroke\n\nRESOLVED PROBLEMS\nGout, unlikely asthma.",
        "Gout",
    ],
)
def test_many_words_at_once_have_the_status_of_each(text: str) -> None:
    note = read(text)
    said = assertions(note)
    words = note.words
    for length in (1, 3):
        firsts = list(range(len(words.starts) - length + 1))
        lasts = [first + length - 1 for first in firsts]
        spans = [Span(words.starts[first], words.ends[last]) for first, last in zip(firsts, lasts, strict=True)]
        assert said.statuses(firsts, lasts) == [said.at(span).status for span in spans]
