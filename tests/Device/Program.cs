using System.CommandLine;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Device;
using Afterimage.Device.Measuring;
using Afterimage.Device.Reporting;
using static TorchSharp.torch;

var device = new Option<string>("--device") { Description = "Where to run.", DefaultValueFactory = _ => "cuda" };
var model = new Option<string>("--model") { Description = "The model's shape.", DefaultValueFactory = _ => "2b" };
var steps = NumberOption.Count("--steps", "The inference steps of a run.", 50);
var rounds = NumberOption.Count("--rounds", "The runs of each cache.", 1);
var cache = new Option<string>("--cache") { Description = "The one cache to run.", DefaultValueFactory = _ => "none" };
var latents = new Option<string>("--latents")
{
    Description = "The file of final latents: written if it is not there, compared with if it is.",
    Required = true,
};
var pipeline = new Option<string>("--pipeline") { Description = "The folder of the moving shapes' pipeline.", Required = true };
var output = new Option<string>("--out") { Description = "The JSON file to write.", Required = true };
device.AcceptOnlyFromAmong("cuda", "cpu");
model.AcceptOnlyFromAmong([.. Shape.Names]);
cache.AcceptOnlyFromAmong("none", "pab", "faster");

var root = new RootCommand("Measures this project on a GPU, one part at a time; run.sh runs them all.")
{
    Part<ProbeReport>("probe", "Whether TorchSharp fits this libtorch.", [], (_, place, write) =>
    {
        var report = ProbeMeasurement.Run(place);
        write(report);
        if (!report.Fits)
            throw new NotSupportedException($"TorchSharp's native library does not fit this libtorch, whose answers are wrong: {report}");
    }),
    Part<PipelineReport>("pipeline", "A trained pipeline on the device against the CPU.", [pipeline], (parsed, place, write) =>
        PipelineMeasurement.Run(place, parsed.GetValue(pipeline)!, write)),
    Part<DecodeReport>("decode", "The time and memory of decoding one video.", [model], (parsed, place, write) =>
        write(DecodeMeasurement.Run(place, ShapeIn(parsed)))),
    Part<KernelReport>("kernels", "Bandwidth and first use of kernels, and what unloading leaves.", [model], (parsed, place, write) =>
        write(KernelMeasurement.Run(place, ShapeIn(parsed)))),
    Part<BenchReport>("steps", "Seconds per kind of step, and the speed-up of runs.", [model, steps, rounds], (parsed, place, write) =>
        StepMeasurement.Run(place, ShapeIn(parsed), parsed.GetValue(steps), parsed.GetValue(rounds), write)),
    Part<MemoryReport>("memory", "The peak memory of one run, in a process of its own.", [model, cache, steps], (parsed, place, write) =>
        write(MemoryMeasurement.Run(place, ShapeIn(parsed), CacheChoice.Parse(parsed.GetValue(cache)!), parsed.GetValue(steps)))),
    Part<AgreementReport>("agreement", "Final latents, kept or compared.", [model, steps, latents], (parsed, place, write) =>
        write(AgreementMeasurement.Run(place, ShapeIn(parsed), parsed.GetValue(steps), parsed.GetValue(latents)!))),
    Part<ThreadReport>("threads", "Two models in two threads against one after the other.", [], (_, place, write) =>
        write(ThreadMeasurement.Run(place))),
    Turns(),
    Report(),
};
return await root.Parse(args).InvokeAsync();

Shape ShapeIn(ParseResult parsed) => Shape.Of(parsed.GetValue(model)!);

Command Part<T>(string name, string description, Option[] options, Action<ParseResult, Place, Action<T>> measure)
{
    var command = new Command(name, description) { device, output };
    foreach (var option in options)
        command.Options.Add(option);
    command.SetAction(parsed =>
    {
        var place = Place.Open(parsed.GetValue(device)!);
        var shape = options.Contains(model) ? parsed.GetValue(model)! : "";
        measure(parsed, place, result => PartFile.Write(parsed.GetValue(output)!, name, shape, place, result));
        return ExitCode.Success;
    });
    return command;
}

Command Turns()
{
    var kind = new Option<string>("--model") { Description = "The model, as bench makes it up.", DefaultValueFactory = _ => "cogvideox" };
    var dtype = new Option<string>("--dtype") { Description = "The type it runs in.", DefaultValueFactory = _ => "float32" };
    kind.AcceptOnlyFromAmong([.. BenchModel.Kinds]);
    dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
    var command = new Command("turns", "A step on the CPU for every line of the input; compare.py asks.") { kind, dtype, cache, steps };
    command.SetAction(parsed =>
    {
        using var subject = new BenchModel(parsed.GetValue(kind)!).Build(Enum.Parse<ScalarType>(parsed.GetValue(dtype)!, ignoreCase: true), CPU);
        TurnMeasurement.Run(subject, CacheChoice.Parse(parsed.GetValue(cache)!), parsed.GetValue(steps), Console.In, Console.Out);
        return ExitCode.Success;
    });
    return command;
}

Command Report()
{
    var parts = new Argument<string>("PARTS") { Description = "The folder of the parts' JSON files." };
    var folder = new Argument<string>("OUT") { Description = "The folder for results.json and results.md." };
    var command = new Command("report", "Merges parts to results.json and results.md.") { parts, folder };
    command.SetAction(parsed =>
    {
        Results.Merge(parsed.GetValue(parts)!, parsed.GetValue(folder)!);
        return ExitCode.Success;
    });
    return command;
}
