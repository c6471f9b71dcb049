using System.CommandLine;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>The options that say which model runs: one from a folder, or one that is made up.</summary>
internal sealed class SubjectOptions
{
    private static readonly BenchModel s_usual = new();

    private readonly Argument<string?> _folder = new("MODEL")
    {
        Description = "A folder with a config.json and weights; if not given, a small model with random weights.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _kind = Kind();
    private readonly Option<int> _tokens = NumberOption.Count("--tokens", $"The small model's tokens, a multiple of {BenchModel.Unit}.", s_usual.Tokens);
    private readonly Option<int> _batch = NumberOption.Count("--batch", "How many samples the small model makes at once.", s_usual.Batch);
    private readonly Option<string> _dtype = Dtype();
    private readonly Option<string> _device = DeviceOption.New();
    private readonly Option<string?> _variant = ModelOptions.Variant();
    private readonly Option<string?> _revision = ModelOptions.Revision();

    public SubjectOptions()
    {
        _tokens.Validators.Add(result =>
        {
            if (NumberOption.Given(result, _tokens) is > 0 and <= int.MaxValue and var tokens && tokens % BenchModel.Unit != 0)
                result.AddError($"--tokens must be a multiple of {BenchModel.Unit}, got {tokens}.");
        });
    }

    /// <summary>Which small model.</summary>
    public static Option<string> Kind()
    {
        var option = new Option<string>("--model")
        {
            Description = $"The class of the small model: {string.Join(", ", BenchModel.Kinds)}.",
            DefaultValueFactory = _ => s_usual.Kind,
        };
        option.AcceptOnlyFromAmong([.. BenchModel.Kinds]);
        return option;
    }

    /// <summary>Which type.</summary>
    public static Option<string> Dtype(string name = "--dtype", string description = "The type the model runs in.", string usual = "float32")
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        return option;
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_folder);
        foreach (var option in (Option[])[_kind, _tokens, _batch, _dtype, _device, _variant, _revision])
            command.Add(option);
        foreach (var option in (Option[])[_variant, _revision])
            command.RefuseWhere(option, result => result.GetValue(_folder) is null, ModelOptions.NoModel);
        foreach (var option in (Option[])[_kind, _tokens, _batch])
            command.RefuseWhere(option, result => result.GetValue(_folder) is not null, "it is for the small model, and MODEL is given.");
    }

    /// <summary>Where the model runs.</summary>
    public Option<string> Device => _device;

    /// <summary>Makes or loads the model, which the caller owns.</summary>
    /// <exception cref="NotSupportedException">It is to run on a device that is not there.</exception>
    public Subject Load(ParseResult arguments, CancellationToken cancellationToken)
    {
        var type = DeviceOption.Of(arguments, _device);
        DeviceOption.Check(type);
        var device = new Device(type);
        return arguments.GetValue(_folder) is { } folder
            ? Subject.Load(HubCache.FolderOf(folder, arguments.GetValue(_revision)), DtypeOf(arguments), arguments.GetValue(_variant), device, cancellationToken)
            : new BenchModel(arguments.GetValue(_kind)!, arguments.GetValue(_tokens), arguments.GetValue(_batch)).Build(DtypeOf(arguments), device);
    }

    /// <summary>The type the model runs in.</summary>
    public ScalarType DtypeOf(ParseResult arguments) => Parse(arguments.GetValue(_dtype)!);

    /// <summary>The type of a name.</summary>
    public static ScalarType Parse(string dtype) => Enum.Parse<ScalarType>(dtype, ignoreCase: true);

    /// <summary>A command line that has the same model.</summary>
    public IEnumerable<string> Again(ParseResult arguments)
    {
        IEnumerable<string> model = arguments.GetValue(_folder) is { } folder
            ? [folder, "--dtype", arguments.GetValue(_dtype)!, .. Given(_variant), .. Given(_revision)]
            : Of(new(arguments.GetValue(_kind)!, arguments.GetValue(_tokens), arguments.GetValue(_batch)), DtypeOf(arguments));
        return [.. model, _device.Name, arguments.GetValue(_device)!];

        string[] Given(Option<string?> option) => arguments.GetValue(option) is { } value ? [option.Name, value] : [];
    }

    /// <summary>A command line that has a small model.</summary>
    public static IEnumerable<string> Of(BenchModel model, ScalarType dtype) =>
        ["--model", model.Kind, "--tokens", $"{model.Tokens}", "--batch", $"{model.Batch}", "--dtype", dtype.ToString().ToLowerInvariant()];
}
