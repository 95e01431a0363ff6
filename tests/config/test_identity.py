"""Identities follow the settings that decide results; a new key at its neutral value is none."""

from theraflow.config.base import Section, setting
from theraflow.config.load import load_study
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.files import REPOSITORY
from theraflow.core.identity import content_hash
from theraflow.tnf.campaign.batches import plan_batches
from theraflow.tnf.engine import fingerprint


class Pulse(Section):
    """As results were first made by it."""

    period_min: int = setting("period", default=60)


class LaterPulse(Pulse):
    """With a key that came later."""

    horizon_min: int = setting("horizon", default=1440, neutral=1440)


class ChangedPulse(Pulse):
    """With another default of that key."""

    horizon_min: int = setting("horizon", default=2880, neutral=1440)


class Study(Section):
    """A section of sections."""

    first: Pulse = setting("first", default=Pulse())
    others: tuple[Pulse, ...] = setting("others", default=())
    by_name: dict[str, Pulse] = setting("by name", default={})


def test_a_new_key_at_its_neutral_value_is_no_part_of_an_identity():
    assert LaterPulse().identity() == Pulse().identity()
    assert LaterPulse(horizon_min=60).identity() != Pulse().identity()
    assert ChangedPulse().identity() != Pulse().identity()
    assert ChangedPulse(horizon_min=1440).identity() == Pulse().identity()


def test_neutral_keys_are_left_out_wherever_a_section_is():
    class LaterStudy(Study):
        first: LaterPulse = setting("first", default=LaterPulse())
        others: tuple[LaterPulse, ...] = setting("others", default=())
        by_name: dict[str, LaterPulse] = setting("by name", default={})

    given = {"others": [{"period_min": 5}], "by_name": {"a": {}}}
    assert LaterStudy.model_validate(given).identity() == Study.model_validate(given).identity()
    given["others"][0]["horizon_min"] = 60
    assert LaterStudy.model_validate(given).identity()["others"] == [
        {"period_min": 5, "horizon_min": 60}
    ]


def test_identity_takes_a_selection():
    assert LaterPulse(horizon_min=60).identity(include={"horizon_min"}) == {"horizon_min": 60}


def test_batches_keep_their_names_when_the_engine_gets_a_new_key(monkeypatch):
    tnf = load_study(REPOSITORY / "tests/config/tiny.yaml").tnf
    before = [batch.batch_id for batch in plan_batches(tnf)]

    class LaterEngine(EngineConfig):
        light: str = setting("came later", default="off", neutral="off")

    def names(**keys):
        later = tnf.model_copy(update={"engine": LaterEngine(**keys)})
        return [batch.batch_id for batch in plan_batches(later)]

    assert names() == before
    assert not set(names(light="on")) & set(before)


def test_spheres_have_names_of_their_own():
    disc, sphere = EngineConfig(), EngineConfig(dimension=3)
    assert sphere.identity()["dimension"] == 3
    assert fingerprint.engine_fingerprint(sphere) != fingerprint.engine_fingerprint(disc)
    tnf = load_study(REPOSITORY / "tests/config/tiny.yaml").tnf
    names = [
        {batch.batch_id for batch in plan_batches(tnf.model_copy(update={"engine": engine}))}
        for engine in (disc, sphere)
    ]
    assert not names[0] & names[1]


def test_the_dimension_of_space_is_such_a_key():
    assert "dimension" not in EngineConfig().identity()
    assert fingerprint.engine_fingerprint(EngineConfig(dimension=2)) == (
        fingerprint.engine_fingerprint(EngineConfig())
    )


def test_equal_content_has_an_equal_hash_whatever_the_order_of_keys():
    assert content_hash({"a": 1, "b": 2.0}) == content_hash({"b": 2, "a": 1.0})
