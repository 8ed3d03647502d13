from mali_dataset.schema import Code, Count, Key, Ref, Table, Text


class Withdrawal(Table):
    """One exit, suspension, reduction or transfer of a deployment; its stages and the reasons given stand in tables of their own."""

    withdrawal_id = Key("Identifier of the withdrawal.", prefix="wit")
    title = Text("What it is, in our words.", structural=True)
    deployment_id = Ref("The spell that ends or shrinks.", to="deployments", structural=True)
    _kind = {
        "exit": "All of it left, or was to leave.",
        "suspension": "It stopped working, or stopped rotating, without leaving.",
        "reduction": "A part of it left.",
        "transfer": "It passed to another mission or another country.",
    }
    kind = Code("What was withdrawn.", codes=_kind)
    follows_id = Ref("The withdrawal that it answers or results from.", to="withdrawals", optional=True)
    personnel = Count("How many people it concerned.", optional=True)
