using System.CommandLine;
using System.CommandLine.Parsing;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>The options of commands that generate with a pipeline.</summary>
internal sealed class PipelineOptions
{
    /// <summary>Why an option of guidance does nothing where <see cref="HasNoGuidance"/>.</summary>
    public const string NoGuidance = "there is no guidance at a --guidance-scale of 1 or below.";

    private static readonly CogVideoXGenerationOptions s_defaults = new();

    private readonly Option<int?> _steps = NumberOption.Count("--steps", "The number of inference steps (default 50).");
    private readonly Option<double?> _scale = NumberOption.Real("--guidance-scale", "How closely to follow the prompt; 1 for no guidance (default 6).", least: 0);
    private readonly Option<bool> _dynamic = new("--dynamic-cfg") { Description = "Let the guidance scale grow over the steps." };
    private readonly Option<int?> _height = NumberOption.Count("--height", "In pixels; the model's own if not given.");
    private readonly Option<int?> _width = NumberOption.Count("--width", "In pixels; the model's own if not given.");
    private readonly Option<int?> _frames = NumberOption.Count("--frames", "How many; the model's own if not given.");
    private readonly Option<long> _seed = NumberOption.Whole<long>("--seed", "The noise that all begins with.");
    private readonly Option<string> _dtype = new("--dtype") { Description = "The type the models run in.", DefaultValueFactory = _ => "bfloat16" };
    private readonly Option<string> _device = new("--device") { Description = "Where they run.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string?> _scheduler = new("--scheduler") { Description = "ddim or dpm; the folder's own if not given." };
    private readonly Option<string?> _variant = ModelOptions.Variant();
    private readonly Option<string?> _revision = ModelOptions.Revision();

    public PipelineOptions()
    {
        _dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        _device.AcceptOnlyFromAmong("cpu", "cuda");
        _scheduler.AcceptOnlyFromAmong("ddim", "dpm");
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_steps, _scale, _dynamic, _height, _width, _frames, _seed, _dtype, _device, _scheduler, _variant, _revision])
            command.Add(option);
        command.RefuseWhere(_dynamic, HasNoGuidance, NoGuidance);
    }

    /// <summary>Whether the prompt alone is followed.</summary>
    public bool HasNoGuidance(SymbolResult result) => NumberOption.Given(result, _scale) <= 1;

    /// <summary>How a command line says that films are generated.</summary>
    public CogVideoXGenerationOptions Generation(ParseResult arguments) => s_defaults with
    {
        Height = arguments.GetValue(_height),
        Width = arguments.GetValue(_width),
        NumFrames = arguments.GetValue(_frames),
        NumInferenceSteps = arguments.GetValue(_steps) ?? s_defaults.NumInferenceSteps,
        GuidanceScale = arguments.GetValue(_scale) ?? s_defaults.GuidanceScale,
        UseDynamicCfg = arguments.GetValue(_dynamic),
        Seed = arguments.GetValue(_seed),
    };

    /// <summary>The pipeline that a command line asks for.</summary>
    /// <exception cref="ArgumentException">There is a revision of what is no name of the Hub.</exception>
    /// <exception cref="FileNotFoundException">The Hub's cache has no such snapshot.</exception>
    public PipelineChoice Pipeline(ParseResult arguments, string folder) => new(
        HubCache.FolderOf(folder, arguments.GetValue(_revision)),
        arguments.GetValue(_variant),
        arguments.GetValue(_scheduler),
        Enum.Parse<ScalarType>(arguments.GetValue(_dtype)!, ignoreCase: true),
        Enum.Parse<DeviceType>(arguments.GetValue(_device)!, ignoreCase: true));
}
