"""Messages about invented people, with identifiers of the national test range."""

import base64

from enrs.formats.keys import nir_key

INS_BODY = "2840675114302"
INS = INS_BODY + nir_key(INS_BODY)
TEST_OID = "1.2.250.1.213.1.4.10"
CDA = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Compte rendu</title></ClinicalDocument>'
)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def msh(kind: str, *, version: str = "2.5^FRA^2.11", charset: str = "UNICODE UTF-8") -> str:
    return (
        rf"MSH|^~\&|GAP|HOPITAL-DEMO&750000001&N|EAI|REGION|20260312140500||{kind}|M0001|P|"
        f"{version}|||||FRA|{charset}|FR"
    )


def pid(name: str = "LEFÈVRE^Zoé^Zoé Anne, Lou^^^^L~MARTIN^Zoé^^^^^D", **fields: str) -> str:
    values = {
        1: "1",
        3: f"4012^^^HOPITAL-DEMO&750000001&N^PI~{INS}^^^ASIP-SANTE-INS-NIR&{TEST_OID}&ISO^INS",
        5: name,
        7: "19840612",
        8: "F",
        11: "3 rue du Puits^Bât. B^MELUN^^77000^FRA^H~^^^^^^BDL^^75114",
        13: "^PRN^PH^^^^^^^^^0102030405~^PRN^CP^^^^^^^^^0601020304~^NET^Internet^zoe@exemple.test",
        18: "D900^^^HOPITAL-DEMO&750000001&N^AN",
        32: "VALI",
    }
    values |= {int(key[1:]): value for key, value in fields.items()}
    return "PID|" + "|".join(values.get(i, "") for i in range(1, max(values) + 1))


PV1 = (
    "PV1|1|I|3201^12^B^HOPITAL-DEMO&750000001&N|||3100^^^HOPITAL-DEMO|"
    "810000023084^NGUYEN^Paul^^^^^^ASIP-SANTE- PS&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    "||||||||||||V77^^^HOPITAL-DEMO&750000001&N^VN" + "|" * 25 + "20260312130000|"
)
ZBE = (
    "ZBE|MV5^GAP^1.2.3.4^ISO|20260312130000+0100||INSERT|N||"
    "Chirurgie^^^^^HOPITAL-DEMO&750000001&N^UF^^^3200|Chirurgie 2^^^^^^UF^^^3201|HMS"
)
ZFA = "ZFA|ACTIF|20260312130000|||||||INO|20260312130000|INC|20260312130000"
EVN = "EVN||20260312140000||||20260312130000"


def adt(trigger: str = "A01", *extra: str, patient: str | None = None) -> bytes:
    lines = [msh(f"ADT^{trigger}"), EVN, patient or pid(), PV1, ZBE, ZFA, *extra]
    return ("\r".join(lines) + "\r").encode()


def oru(*lines: str, control: str = "NW") -> bytes:
    head = [
        msh("ORU^R01^ORU_R01", version="2.5"),
        pid(),
        PV1,
        f"ORC|{control}|P1^SERVICE|F1^LABO",
        "OBR|1|P1^SERVICE|F1^LABO|NFS^Numération^L|||202603120800||||||||SG^Sang^HL70487"
        "|||||||202603121000|||F",
    ]
    return ("\r".join([*head, *lines]) + "\r").encode()


def document_obx(content: bytes = CDA, *, status: str = "F", kind: str = "XML") -> str:
    return f"OBX|1|ED|11502-2^CR de biologie^LN||^TEXT^{kind}^Base64^{b64(content)}||||||{status}"


def mdm(trigger: str = "T02", *lines: str, txa: str = "") -> bytes:
    head = [
        msh(f"MDM^{trigger}^MDM_T02", version="2.6"),
        EVN,
        pid(),
        PV1,
        "OBR|1|||18748-4^CR d'imagerie^LN",
        txa
        or "TXA|1|18748-4|TEXT|202603121100|||||810000023084^NGUYEN^Paul^^^^^^&1.2&ISO^D^^^IDNPS"
        "|||1.2.3.77^RIS|1.2.3.76^RIS||||AU||AV",
    ]
    return ("\r".join([*head, *(lines or (document_obx(),))]) + "\r").encode()


def beside(trigger: str) -> tuple[str, ...]:
    """The segments that an ADT of this event needs besides a patient."""
    if trigger in {"A40", "A47"}:
        return ("MRG|OLD1^^^HOPITAL-DEMO&750000001&N^PI",)
    return ("PID|||5013^^^HOPITAL-DEMO&750000001&N^PI||AUTRE",) if trigger in {"A24", "A37"} else ()
