from mali_dataset.schema import Ref, Table


class BasisClaim(Table):
    """One claim on which a value rests."""

    key = ("basis_id", "claim_id")
    serves = "link"

    basis_id = Ref("The basis of the value.", to="bases")
    claim_id = Ref("The claim.", to="claims")
