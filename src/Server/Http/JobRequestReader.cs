using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Afterimage.Models;
using Afterimage.Server.Jobs;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary>Makes jobs of requests' fields, and refuses what no pipeline can do, or what is more than one may ask for.</summary>
internal sealed partial class JobRequestReader(ModelCatalog models, ServerOptions options)
{
    private const int LongestSide = 16384;

    private RequestLimits Limits => options.Limits;

    /// <summary>A film that is asked for.</summary>
    public JobRequest Film(RequestFields fields)
    {
        var model = ModelOf(fields, makesFilms: true, "/v1/images/generations");
        var rate = fields.Real("fps", 1, 120) ?? 8;
        var seconds = fields.Real("seconds", 0.01, 3600);
        var frames = fields.Whole("num_frames", 1, Limits.Frames);
        if (seconds is not null && frames is not null)
            throw ApiException.Invalid("seconds", "seconds and num_frames say the same: give one of them.");
        frames ??= seconds is { } length ? (int)Math.Clamp(Math.Round(length * rate), 1, int.MaxValue) : null;
        if (frames > Limits.Frames)
            throw ApiException.Invalid("seconds", $"Expected at most {Limits.Frames} frames, got {frames} ({seconds} s at {rate} a second).");
        var request = Common(fields, model) with { Frames = frames, FramesPerSecond = rate };
        fields.RefuseOthers();
        return request;
    }

    /// <summary>Pictures that are asked for.</summary>
    public JobRequest Pictures(RequestFields fields)
    {
        var model = ModelOf(fields, makesFilms: false, "/v1/videos");
        var request = Common(fields, model) with { Results = fields.Whole("n", 1, Limits.Pictures) ?? 1 };
        foreach (var (name, expected) in new[] { ("response_format", "b64_json"), ("output_format", "png") })
        {
            if (fields.Text(name) is { } found && found != expected)
                throw ApiException.Invalid(name, $"Expected {name} to be {expected}, which is the only one here.");
        }
        // It is for the log of those who have many users behind one key.
        fields.Text("user");
        fields.RefuseOthers();
        return request;
    }

    private ServedModel ModelOf(RequestFields fields, bool makesFilms, string otherwise)
    {
        var name = fields.Text("model");
        var model = name is null ? models.All.FirstOrDefault(model => model.MakesFilms == makesFilms) : models.Find(name);
        if (model is null)
        {
            throw new ApiException(StatusCodes.Status404NotFound, "model_not_found", $"There is no such model here; there are {string.Join(", ", models.All.Select(each => each.Name))}.")
            {
                Param = "model",
            };
        }
        return model.MakesFilms == makesFilms ? model : throw ApiException.Invalid("model", $"{model.Name} makes {(makesFilms ? "pictures" : "films")}: ask {otherwise}.");
    }

    private JobRequest Common(RequestFields fields, ServedModel model)
    {
        var (width, height) = SizeOf(fields);
        var prompt = Prompt(fields, "prompt") ?? throw new ApiException(StatusCodes.Status400BadRequest, "missing_required_parameter", "Expected a prompt.") { Param = "prompt" };
        return new JobRequest(
            model.Name,
            prompt,
            fields.Whole("num_inference_steps", 1, Limits.Steps) ?? Math.Min(Limits.Steps, model.Class.DefaultOptions.NumInferenceSteps),
            fields.Whole("seed", long.MinValue, long.MaxValue) ?? RandomNumberGenerator.GetInt32(int.MaxValue))
        {
            NegativePrompt = Prompt(fields, "negative_prompt"),
            Width = width,
            Height = height,
            GuidanceScale = fields.Real("guidance_scale", 0, 1000),
            Cache = fields.Text("cache") ?? "none",
        };
    }

    private (int? Width, int? Height) SizeOf(RequestFields fields)
    {
        var (width, height) = (fields.Whole("width", 1, LongestSide), fields.Whole("height", 1, LongestSide));
        if (fields.Text("size") is { } size and not "auto")
        {
            if (width is not null || height is not null)
                throw ApiException.Invalid("size", "size says the same as width and height: give one or the others.");
            if (SizeForm().Match(size) is not { Success: true } match)
                throw ApiException.Invalid("size", "Expected size as WIDTHxHEIGHT in pixels, such as 832x480.");
            (width, height) = (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        }
        if ((long)(width ?? 1) * (height ?? 1) > Limits.Pixels || width > LongestSide || height > LongestSide)
            throw ApiException.Invalid("size", $"Expected at most {Limits.Pixels} pixels in a frame.");
        return (width, height);
    }

    private string? Prompt(RequestFields fields, string name)
    {
        if (fields.Text(name) is not { } text)
            return null;
        if (text.Length > Limits.PromptLength)
            throw ApiException.Invalid(name, $"Expected {name} to have at most {Limits.PromptLength} characters, got {text.Length}.");
        // They are no text; what they do, they do in logs and terminals.
        if (text.Any(character => char.IsControl(character) && character is not ('\n' or '\r' or '\t')))
            throw ApiException.Invalid(name, $"Expected {name} to be a text, got control characters in it.");
        return text;
    }

    [GeneratedRegex(@"\A([1-9][0-9]{0,4})x([1-9][0-9]{0,4})\z")]
    private static partial Regex SizeForm();
}
