from mali_dataset.schema import Code, Key, Ref, Summary, Table, Text


class WithdrawalReason(Table):
    """One reason given for a withdrawal, with whose account it is; no account is chosen over another."""

    withdrawal_reason_id = Key("Identifier of the reason.", prefix="wre")
    withdrawal_id = Ref("The withdrawal.", to="withdrawals", part="reasons", structural=True)
    _account = {
        "stated": "Those who left, or who asked them to leave, said so.",
        "attributed": "Somebody else said so of them.",
        "coded": "We read it from their acts, by a rule of the codebook.",
    }
    account = Code("Whose account it is.", codes=_account, structural=True)
    by_id = Ref("Who gives the reason, where it is an actor of ours.", to="actors", optional=True)
    speaker = Text("Who gives the reason, in words.", optional=True, structural=True)
    _reason = {
        "host-request": "The host state asked for it.",
        "host-relations": "Relations or trust between host and contributor broke down.",
        "host-restrictions": "The host restricted flights, rotations or movement.",
        "wagner-presence": "Russian military personnel or the Wagner Group came.",
        "ineffectiveness": "The mission did not reach its aims.",
        "security": "The danger grew, or too many died.",
        "public-opinion": "The people of the host country, or at home, turned against it.",
        "human-rights": "Abuses, or investigations of abuses.",
        "redeployment": "The forces were wanted elsewhere.",
        "dispute": "Another dispute with the host, such as an arrest or an attack on a contingent.",
    }
    reason = Code("The reason, in a word.", codes=_reason)
    content = Summary("The reason, in our words.", optional=True)
