namespace Afterimage.Models;

/// <summary>Works out and checks the sizes of a generation with Wan.</summary>
internal static class WanRequest
{
    private const int TextTokens = 512;

    // What diffusers asks of height and width, whatever the models are.
    private const int PixelMultiple = 16;

    /// <summary>Works the sizes out as diffusers does.</summary>
    /// <exception cref="ArgumentException">Something cannot be generated; the message says what was expected.</exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    public static GenerationRequest Resolve(
        string? prompt, WanGenerationOptions options, WanTransformer3DModelConfig transformer, AutoencoderKLWan vae, bool encodesText, bool isOnCpu)
    {
        var isGuided = options.GuidanceScale > 1;
        OptionChecks.Check(prompt, options, transformer.TextDim, encodesText, isGuided);
        var (space, time, patch) = (vae.SpatialCompressionRatio, vae.TemporalCompressionRatio, transformer.PatchSize);
        var height = Pixels(options.Height ?? 480, space, patch.Rows, nameof(options.Height));
        var width = Pixels(options.Width ?? 832, space, patch.Columns, nameof(options.Width));
        var asked = options.NumFrames ?? 81;
        // Down to one more than a multiple, as diffusers rounds it.
        var frames = Math.Max(1, asked % time == 1 ? asked : asked / time * time + 1);
        var grid = (Frames: (frames - 1) / time + 1, Rows: height / space, Columns: width / space);
        if (Math.Max(grid.Frames / patch.Frames, Math.Max(grid.Rows / patch.Rows, grid.Columns / patch.Columns)) is var most && most > transformer.RopeMaxSeqLen)
            throw new ArgumentException($"the transformer has positions for {transformer.RopeMaxSeqLen} frames, rows and columns of patches (rope_max_seq_len), found {most}", nameof(options));
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            Frames = asked,
            LeastFrames = frames,
            LatentShape = [options.Results, vae.Config.ZDim, grid.Frames, grid.Rows, grid.Columns],
            Grid = grid,
            Tokens = (double)grid.Frames / patch.Frames * ((double)grid.Rows / patch.Rows) * ((double)grid.Columns / patch.Columns),
            TextLength = options.TextLength(TextTokens),
            Layout = isGuided ? GuidanceLayout.Sequential : GuidanceLayout.None,
        };
        RunSize.Check(request, transformer.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    /// <summary>Whole patches; a multiple of 16 that is none is rounded down to one.</summary>
    private static int Pixels(int pixels, int scale, int patch, string name)
    {
        var whole = pixels % PixelMultiple == 0 ? pixels / (scale * patch) * (scale * patch) : pixels;
        return OptionChecks.Pixels(whole > 0 ? whole : pixels, scale, patch, name);
    }
}
