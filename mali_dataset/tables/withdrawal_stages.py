from mali_dataset.schema import Code, Key, Ref, Summary, Table, When


class WithdrawalStage(Table):
    """One stage of a withdrawal: what was asked, announced, ordered or done, when and by whom."""

    withdrawal_stage_id = Key("Identifier of the stage.", prefix="wst")
    withdrawal_id = Ref("The withdrawal.", to="withdrawals", part="stages", structural=True)
    _stage = {
        "requested": "Somebody asked for it.",
        "announced": "Those who leave said so.",
        "ordered": "A body with the power to do so ordered it.",
        "suspended": "It was interrupted, or activity was suspended.",
        "resumed": "It, or the activity, went on.",
        "began": "The first left.",
        "progressed": "A part had left, or a site was given up.",
        "completed": "The last left, or the mission ended.",
        "liquidation": "What remained was wound up.",
        "deadline": "The day by which it had to be done.",
    }
    stage = Code("Which stage it is.", codes=_stage)
    _status = {
        "actual": "It happened.",
        "planned": "It was planned and the outcome is given elsewhere or not known.",
        "revised": "It was planned and later replaced by another plan.",
        "cancelled": "It was planned and did not happen.",
    }
    status = Code("Whether it happened.", codes=_status, structural=True)
    date = When("When.", optional=True)
    by_id = Ref("Who did it.", to="actors", optional=True)
    content = Summary("What it was, in our words.", optional=True)
