"""The models that diffusers_bench.py measures: those of Afterimage.Device and of `afterimage bench`, with inputs of their size."""

import dataclasses
import typing

# CogVideoX is measured in several sizes; those that are no names of a model are tests/Device's shapes.
COGVIDEOX_SHAPES = {
    "tiny": dict(
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=2,
        text_embed_dim=32,
        time_embed_dim=32,
        max_text_seq_length=8,
        sample_height=10,
        sample_width=12,
        sample_frames=5,
    ),
    "cogvideox": dict(
        num_attention_heads=8,
        attention_head_dim=64,
        num_layers=6,
        text_embed_dim=128,
        time_embed_dim=128,
        max_text_seq_length=48,
        sample_height=32,
        sample_width=48,
        sample_frames=9,
    ),
    "2b": {},
    "5b": dict(num_attention_heads=48, num_layers=42, use_rotary_positional_embeddings=True),
}
NAMES = [*COGVIDEOX_SHAPES, "wan", "latte", "flux"]
PROMPT_TOKENS = 48


@dataclasses.dataclass
class Case:
    """A model with random weights, what a run of it starts from, and what it is called with."""

    model: typing.Any
    latents: typing.Any
    # Keyword arguments of the model's forward, of latents (both halves of guidance) and a timestep.
    inputs: typing.Callable[[typing.Any, typing.Any], dict]
    # A scheduler whose timesteps are set, of a number of steps.
    scheduler: typing.Callable[[int], typing.Any]
    # What FasterCache is told beside its ranges.
    faster: dict
    is_guided: bool = True


def build(torch, diffusers, name, device, dtype):
    torch.manual_seed(0)
    make = {"wan": wan, "latte": latte, "flux": flux}.get(name)
    options = dict(device=device, dtype=dtype)
    return make(torch, diffusers, options) if make else cogvideox(torch, diffusers, options, COGVIDEOX_SHAPES[name])


def cogvideox(torch, diffusers, options, shape):
    model = made(torch, options, diffusers.CogVideoXTransformer3DModel, shape)
    config = model.config
    frames = (config.sample_frames - 1) // config.temporal_compression_ratio + 1
    latents = torch.randn((1, frames, config.in_channels, config.sample_height, config.sample_width), **options)
    prompt = torch.randn((2, config.max_text_seq_length, config.text_embed_dim), **options)
    rotary = cogvideox_rotary(config, frames, options["device"]) if config.use_rotary_positional_embeddings else None

    def inputs(hidden, timestep):
        return dict(hidden_states=hidden, encoder_hidden_states=prompt, timestep=timestep.expand(2), image_rotary_emb=rotary)

    def scheduler(steps):
        return scheduled(
            diffusers.CogVideoXDDIMScheduler(
                clip_sample=False, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"
            ),
            options,
            steps,
        )

    return Case(model, latents, inputs, scheduler, dict(tensor_format="BFCHW"))


def cogvideox_rotary(config, frames, device):
    """As CogVideoXPipeline prepares it at the size the model is made for, where nothing is cropped."""
    from diffusers.models.embeddings import get_3d_rotary_pos_embed

    rows, columns = config.sample_height // config.patch_size, config.sample_width // config.patch_size
    return get_3d_rotary_pos_embed(
        embed_dim=config.attention_head_dim,
        crops_coords=((0, 0), (rows, columns)),
        grid_size=(rows, columns),
        temporal_size=frames,
        device=device,
    )


def wan(torch, diffusers, options):
    shape = dict(num_attention_heads=8, attention_head_dim=64, text_dim=128, ffn_dim=2048, num_layers=6)
    model = made(torch, options, diffusers.WanTransformer3DModel, shape)
    latents = torch.randn((1, 16, 3, 32, 48), **options)
    prompt = torch.randn((2, PROMPT_TOKENS, 128), **options)

    def inputs(hidden, timestep):
        return dict(hidden_states=hidden, encoder_hidden_states=prompt, timestep=timestep.expand(2))

    def scheduler(steps):
        flow = diffusers.UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
        return scheduled(flow, options, steps)

    return Case(model, latents, inputs, scheduler, dict(tensor_format="BCFHW"))


def latte(torch, diffusers, options):
    shape = dict(
        num_attention_heads=8,
        attention_head_dim=64,
        in_channels=4,
        out_channels=8,
        num_layers=3,
        attention_bias=True,
        cross_attention_dim=512,
        caption_channels=128,
        sample_size=16,
        patch_size=2,
        activation_fn="gelu-approximate",
        norm_elementwise_affine=False,
        norm_type="ada_norm_single",
        norm_eps=1e-6,
        video_length=12,
    )
    model = made(torch, options, diffusers.LatteTransformer3DModel, shape)
    latents = torch.randn((1, 4, 12, 16, 24), **options)
    prompt = torch.randn((2, PROMPT_TOKENS, 128), **options)

    def inputs(hidden, timestep):
        # Under FasterCache a hook halves what is given by name.
        return dict(hidden_states=hidden, encoder_hidden_states=prompt, timestep=timestep.expand(2))

    def scheduler(steps):
        return scheduled(diffusers.DDIMScheduler(clip_sample=False), options, steps)

    return Case(model, latents, inputs, scheduler, dict(tensor_format="BCFHW"))


def flux(torch, diffusers, options):
    shape = dict(
        patch_size=1,
        in_channels=64,
        num_layers=2,
        num_single_layers=4,
        attention_head_dim=64,
        num_attention_heads=8,
        joint_attention_dim=128,
        pooled_projection_dim=128,
        guidance_embeds=True,
        axes_dims_rope=(8, 28, 28),
    )
    rows, columns = 24, 48
    model = made(torch, options, diffusers.FluxTransformer2DModel, shape)
    device = options["device"]
    latents = torch.randn((1, rows * columns, 64), **options)
    prompt, pooled = torch.randn((1, PROMPT_TOKENS, 128), **options), torch.randn((1, 128), **options)
    guidance = torch.full((1,), 3.5, device=device)
    image = torch.zeros(rows, columns, 3, device=device)
    image[..., 1] = torch.arange(rows, device=device)[:, None]
    image[..., 2] = torch.arange(columns, device=device)[None, :]

    def inputs(hidden, timestep):
        return dict(
            hidden_states=hidden,
            encoder_hidden_states=prompt,
            pooled_projections=pooled,
            timestep=timestep.expand(1) / 1000,
            guidance=guidance,
            img_ids=image.reshape(-1, 3),
            txt_ids=torch.zeros(PROMPT_TOKENS, 3, device=device),
        )

    def scheduler(steps):
        # As FluxPipeline: sigmas of its own, shifted by the number of tokens.
        made_for = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True)
        base, most = made_for.config.base_image_seq_len, made_for.config.max_image_seq_len
        slope = (made_for.config.max_shift - made_for.config.base_shift) / (most - base)
        mu = made_for.config.base_shift + slope * (rows * columns - base)
        sigmas = [1 - step * (1 - 1 / steps) / max(steps - 1, 1) for step in range(steps)]
        made_for.set_timesteps(sigmas=sigmas, device=device, mu=mu)
        return made_for

    return Case(model, latents, inputs, scheduler, dict(tensor_format="BCHW", is_guidance_distilled=True), is_guided=False)


def made(torch, options, model_class, shape):
    with torch.device(options["device"]):
        model = model_class(**shape)
    return model.to(options["device"], options["dtype"]).eval()


def scheduled(scheduler, options, steps):
    scheduler.set_timesteps(steps, device=options["device"])
    return scheduler
