"""Mixer presets over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from app import examples
from app.bodies import read_json
from app.deps import ServicesDep
from app.openapi import json_body, ok
from app.problems import JSON_CODES, responses
from app.schemas.mixer_presets import MixerPresetBody, MixerPresetFields, MixerPresetsBody, PresetName

router = APIRouter(prefix="/v1", tags=["mixer-presets"])

PresetNamePath = Annotated[PresetName, Path()]


@router.get(
    "/mixer-presets",
    summary="List the mixer presets",
    description="Weights under names: those that come with Segue, with a word on when each serves, and the saved ones.",
    responses=ok("The presets.", "MIXER_PRESETS") | responses("catalogue_busy"),
)
def list_mixer_presets(services: ServicesDep) -> MixerPresetsBody:
    """Lists all."""
    return MixerPresetsBody(presets=[MixerPresetBody.of(preset) for preset in services.catalogue.presets.all()])


@router.get(
    "/mixer-presets/{name}",
    summary="Get a mixer preset",
    description="One preset. The answer can be sent to PUT as it is, here or at another installation.",
    responses=ok("The preset.", "MIXER_PRESET") | responses("validation_failed", "preset_not_found", "catalogue_busy"),
)
def get_mixer_preset(name: PresetNamePath, services: ServicesDep) -> MixerPresetBody:
    """Gets by name."""
    return MixerPresetBody.of(services.catalogue.presets.get(name))


@router.put(
    "/mixer-presets/{name}",
    summary="Save a mixer preset",
    description="Saves weights under the name in the path, in place of what was saved under it. The answer of GET, "
    "also from another installation, is taken as it is: that is how presets are shared. Presets that come with Segue "
    "stay as they are.",
    responses=ok("The preset as it is now.", "MIXER_PRESET")
    | responses(*JSON_CODES, "invalid_request", "preset_is_built_in", "catalogue_busy"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": json_body(
                MixerPresetFields,
                {"weights": {"weights": {"sound": 0.6, "tempo": 0.4}}, "shared": examples.MIXER_PRESET},
            ),
        }
    },
)
async def save_mixer_preset(name: PresetNamePath, request: Request, services: ServicesDep) -> MixerPresetBody:
    """Saves by name."""
    preset = (await read_json(request, MixerPresetFields)).preset(name)
    return MixerPresetBody.of(await run_in_threadpool(services.catalogue.presets.save, preset))


@router.delete(
    "/mixer-presets/{name}",
    status_code=204,
    summary="Delete a mixer preset",
    description="Deletes a saved preset; those that come with Segue stay.",
    responses={
        204: {"description": "It is gone."},
        **responses("validation_failed", "preset_not_found", "preset_is_built_in", "catalogue_busy"),
    },
)
def delete_mixer_preset(name: PresetNamePath, services: ServicesDep) -> Response:
    """Deletes by name."""
    services.catalogue.presets.remove(name)
    return Response(status_code=204)
