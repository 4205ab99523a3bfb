"""The one table that says which stage follows which. No stage knows its successor; it is looked up here."""

from __future__ import annotations

from dataclasses import dataclass

from rasid.model import Stage, State


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the link's way: the state it takes, the state it gives, and the stage that takes that."""

    stage: Stage
    takes: State
    gives: State
    following: Stage | None


STEPS: tuple[Step, ...] = (
    Step(Stage.FETCH, State.FOUND, State.FETCHED, Stage.PARSE),
    Step(Stage.PARSE, State.FETCHED, State.PARSED, Stage.DEDUPE),
    Step(Stage.DEDUPE, State.PARSED, State.DEDUPED, Stage.ENRICH),
    Step(Stage.ENRICH, State.DEDUPED, State.ENRICHED, Stage.CLUSTER),
    Step(Stage.CLUSTER, State.ENRICHED, State.CLUSTERED, Stage.ALERT),
    Step(Stage.ALERT, State.CLUSTERED, State.DONE, None),
)
BY_STAGE: dict[Stage, Step] = {step.stage: step for step in STEPS}
BY_STATE: dict[State, Step] = {step.takes: step for step in STEPS}
