using System.CommandLine;
using System.CommandLine.Parsing;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>The options of commands that generate with a pipeline.</summary>
internal sealed class PipelineOptions
{
    /// <summary>Why an option of guidance does nothing where <see cref="HasNoGuidance"/>.</summary>
    public const string NoGuidance = "there is no guidance at a --guidance-scale of 1 or below.";

    private readonly Option<int?> _steps = NumberOption.Count("--steps", "The number of inference steps; the pipeline's own if not given (50 of most, 28 of Flux).");
    private readonly Option<double?> _scale = NumberOption.Real("--guidance-scale", "How closely to follow the prompt; 1 for no guidance; the pipeline's own if not given (6 of CogVideoX).", least: 0);
    private readonly Option<bool> _dynamic = new("--dynamic-cfg") { Description = "Let the guidance scale grow over the steps; for CogVideoX." };
    private readonly Option<int?> _height = NumberOption.Count("--height", "In pixels; the model's own if not given.");
    private readonly Option<int?> _width = NumberOption.Count("--width", "In pixels; the model's own if not given.");
    private readonly Option<int?> _frames = NumberOption.Count("--frames", "How many; the model's own if not given. For pipelines of videos.");
    private readonly Option<string?> _image = new("--image") { Description = "The PNG or JPEG that films begin with, for pipelines of image to video." };
    private readonly Option<int> _results = NumberOption.Count("--num-images", "How many pictures or films there are of every prompt; also --num-videos.", 1);
    private readonly Option<long> _seed = NumberOption.Whole<long>("--seed", "The noise that all begins with.");
    private readonly Option<string> _dtype = new("--dtype") { Description = "The type the models run in.", DefaultValueFactory = _ => "bfloat16" };
    private readonly Option<string> _device = DeviceOption.New();
    private readonly Option<bool> _offload = new("--model-cpu-offload") { Description = "Keep the models on the CPU, and have each on the device only while it is needed; with --device cuda." };
    private readonly Option<string?> _scheduler = new("--scheduler") { Description = "ddim or dpm, for CogVideoX; the folder's own if not given." };
    private readonly Option<string?> _variant = ModelOptions.Variant();
    private readonly Option<string?> _revision = ModelOptions.Revision();

    public PipelineOptions()
    {
        _results.Aliases.Add("--num-videos");
        _dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        _scheduler.AcceptOnlyFromAmong("ddim", "dpm");
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_image, _results, _steps, _scale, _dynamic, _height, _width, _frames, _seed, _dtype, _device, _offload, _scheduler, _variant, _revision])
            command.Add(option);
        command.RefuseWhere(_dynamic, HasNoGuidance, NoGuidance);
        command.RefuseWhere(_offload, result => result.GetValue(_device) != "cuda", "with --device cpu the models stay on the CPU.");
    }

    /// <summary>Where the models run.</summary>
    public Option<string> Device => _device;

    /// <summary>Whether the prompt alone is followed.</summary>
    public bool HasNoGuidance(SymbolResult result) => NumberOption.Given(result, _scale) <= 1;

    /// <summary>Whether there is one result of every prompt.</summary>
    public bool HasOneResult(SymbolResult result) => NumberOption.Given(result, _results) is not > 1;

    /// <summary>The picture that films begin with, if any.</summary>
    public string? Image(ParseResult arguments) => arguments.GetValue(_image);

    /// <summary>How many results there are of every prompt.</summary>
    public int Results(ParseResult arguments) => arguments.GetValue(_results);

    /// <summary>How a command line says that a pipeline generates one result of a prompt.</summary>
    /// <exception cref="ArgumentException">It asks for something that the pipeline does not have.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public GenerationOptions Generation(ParseResult arguments, PipelineChoice pipeline)
    {
        var defaults = pipeline.Class.DefaultOptions;
        var options = defaults with
        {
            Height = arguments.GetValue(_height),
            Width = arguments.GetValue(_width),
            NumInferenceSteps = arguments.GetValue(_steps) ?? defaults.NumInferenceSteps,
            GuidanceScale = arguments.GetValue(_scale) ?? defaults.GuidanceScale,
            Seed = arguments.GetValue(_seed),
        };
        if (arguments.GetValue(_frames) is { } frames)
            options = options is VideoGenerationOptions video ? video with { NumFrames = frames } : throw Unknown("--frames", "makes pictures");
        if (arguments.GetValue(_dynamic))
            options = options is CogVideoXGenerationOptions own ? own with { UseDynamicCfg = true } : throw Unknown("--dynamic-cfg", "is none of CogVideoX's");
        return options;

        static ArgumentException Unknown(string option, string why) => new($"{option} would do nothing: this pipeline {why}.");
    }

    /// <summary>The pipeline that a command line asks for.</summary>
    /// <exception cref="ArgumentException">There is a revision of what is no name of the Hub.</exception>
    /// <exception cref="FileNotFoundException">The Hub's cache has no such snapshot.</exception>
    public PipelineChoice Pipeline(ParseResult arguments, string folder) => new(
        HubCache.FolderOf(folder, arguments.GetValue(_revision)),
        arguments.GetValue(_variant),
        arguments.GetValue(_scheduler),
        Enum.Parse<ScalarType>(arguments.GetValue(_dtype)!, ignoreCase: true),
        DeviceOption.Of(arguments, _device),
        arguments.GetValue(_offload),
        arguments.GetValue(_image) is not null);
}
