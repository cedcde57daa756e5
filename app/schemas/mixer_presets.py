"""Mixer presets: weights under a name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.base import RequestModel, ResponseModel
from segue.mixer import AXES, Weights
from segue.shelf.preset import MAX_DESCRIPTION, Preset

PresetName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$",
        max_length=60,
        description="Name of a mixer preset: a-z, 0-9, with single `-` or `_` between them.",
        examples=["late-night"],
    ),
]
Weight = Annotated[float, Field(ge=0, le=1e6)]

ANY_ABOVE_ZERO: JsonDict = {
    "anyOf": [{"required": [axis], "properties": {axis: {"exclusiveMinimum": 0}}} for axis in AXES]
}


class PresetWeightsFields(RequestModel):
    """How much each axis counts; only the ratios matter. An axis left out is silent, and one must be above 0."""

    model_config = ConfigDict(json_schema_extra=ANY_ABOVE_ZERO)

    sound: Weight = Field(default=0.0, description="Texture and everything learnt.")
    tags: Weight = Field(default=0.0, description="Shared genre and instruments.")
    tempo: Weight = Field(default=0.0, description="Nearness in tempo, half and double time included.")
    key: Weight = Field(default=0.0, description="Harmonic compatibility.")
    energy: Weight = Field(default=0.0, description="Nearness in energy.")
    segue: Weight = Field(default=0.0, description="How a result begins beside how the query ends.")


class MixerPresetFields(RequestModel):
    """A preset to be saved; the answer of GET, here or from another installation, is one."""

    name: PresetName | None = Field(default=None, description="Not looked at: the path says what it is to be called.")
    description: str = Field(
        default="",
        max_length=MAX_DESCRIPTION,
        pattern=r"^[^\x00-\x1F\x7F]*$",
        description="When it serves, in one line.",
        examples=["Slow and deep, for the last hour."],
    )
    weights: PresetWeightsFields
    built_in: bool | None = Field(default=None, description="Not looked at: what is saved is its owner's.")

    def preset(self, name: str) -> Preset:
        """The preset under a name. Raises InvalidRequest."""
        return Preset(name, self.description, Weights(**self.weights.model_dump()))


class PresetWeightsBody(ResponseModel):
    """How much each axis counts; only the ratios matter."""

    sound: float = Field(ge=0)
    tags: float = Field(ge=0)
    tempo: float = Field(ge=0)
    key: float = Field(ge=0)
    energy: float = Field(ge=0)
    segue: float = Field(ge=0)


class MixerPresetBody(ResponseModel):
    """Weights under a name."""

    name: str
    description: str = Field(description="When it serves.")
    weights: PresetWeightsBody
    built_in: bool = Field(description="Whether it comes with Segue, and can be neither replaced nor deleted.")

    @classmethod
    def of(cls, preset: Preset) -> MixerPresetBody:
        """Body of a preset."""
        weights = PresetWeightsBody(**asdict(preset.weights))
        return cls(name=preset.name, description=preset.description, weights=weights, built_in=preset.built_in)


class MixerPresetsBody(ResponseModel):
    """The presets there are."""

    presets: list[MixerPresetBody] = Field(description="Those that come with Segue, then the saved ones by name.")
