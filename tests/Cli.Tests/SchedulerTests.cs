using System.Text.Json;
using System.Text.Json.Nodes;
using Afterimage.Models;
using Afterimage.Models.Tests;
using static TorchSharp.torch;

namespace Afterimage.Cli.Tests;

/// <summary>What is planned and measured is what a run does: the scheduler beside the model decides on the timesteps.</summary>
[TestClass]
public class SchedulerTests
{
    private const int Tokens = 4096;

    private string _folder = null!;

    private string Model => Path.Combine(_folder, "transformer");

    private string Config => Path.Combine(_folder, "scheduler", "scheduler_config.json");

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("afterimage-scheduler-").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow("cogx_ddim_5b_50")]
    [DataRow("cogx_dpm_5b_30")]
    [DataRow("ddim_eps_leading_20_offset1")]
    [DataRow("ddim_v_trailing_20")]
    [DataRow("unipc_flow5_50")]
    [DataRow("flow_shift3_20")]
    [DataRow("flow_flux_seq4096_50")]
    public void Scheduler_OfTheFolder_HasTheRecordedTimesteps(string name)
    {
        var recording = JsonNode.Parse(File.ReadAllText(Path.Combine(Tool.Goldens, "schedulers", name + ".json")))!;
        var config = recording["config"]!.DeepClone().AsObject();
        config["_class_name"] = recording["class"]!.DeepClone();
        WriteModel("cogvideox-5b-tiny");
        WriteScheduler(config);
        double[] expected = [.. recording["timesteps"]!.AsArray().Select(timestep => timestep!.GetValue<double>())];
        var steps = recording["num_inference_steps"]?.GetValue<int>() ?? expected.Length;

        var file = SchedulerFile.Beside(Path.Combine(Model, "config.json"))!;
        using var model = name.StartsWith("flow_flux", StringComparison.Ordinal)
            ? (nn.Module)FluxTransformer2DModel.FromConfig(new(), META)
            : CogVideoXTransformer3DModel.FromConfig(new(), META);
        using var scheduler = PipelineScheduler.Begin(file, (IDiffusionTransformer)model, steps, Tokens);
        CollectionAssert.AreEqual(expected, scheduler.Timesteps.ToArray());
        Assert.Contains($"{recording["class"]} of {Config}", scheduler.Name);
    }

    [TestMethod]
    [DataRow("cogvideox-2b-tiny/traces/none_ddim20.json")]
    [DataRow("cogvideox-5b-tiny/traces/pab_docs_dpm50.json")]
    public void Plan_OfAPipelinesFolder_HasTheTimestepsOfItsGeneration(string trace)
    {
        using var folder = new TinyPipelineFolder(trace: trace);
        using var pipeline = CogVideoXPipeline.FromPretrained(folder.Path);
        var generated = new List<double>();
        using var latents = pipeline.GenerateLatents("a cat", new() { NumInferenceSteps = 3, GuidanceScale = 1, OnStepEnd = (_, timestep, _) => generated.Add(timestep) });

        using var subject = Subject.OfConfig(folder.Path);
        using var scheduler = subject.Scheduler(3);
        CollectionAssert.AreEqual(generated, scheduler.Timesteps.ToList());
    }

    /// <summary>The field case: FLUX.1-schnell was planned with the dynamic shift of dev.</summary>
    [TestMethod]
    [DataRow("4", "114 of 228", "1000, 750, 500, 250")]
    [DataRow("8", "171 of 456", "1000, 875, 750, 625, 500, 375, 250, 125")]
    public void Plan_OfFluxSchnell_TakesItsOwnScheduler(string steps, string skipped, string timesteps)
    {
        Directory.CreateDirectory(Model);
        File.WriteAllText(Path.Combine(Model, "config.json"), """{"_class_name": "FluxTransformer2DModel"}""");
        WriteScheduler(new JsonObject { ["_class_name"] = "FlowMatchEulerDiscreteScheduler", ["shift"] = 1.0, ["use_dynamic_shifting"] = false });
        foreach (var path in (string[])[_folder, Model])
        {
            var saved = Path.Combine(_folder, "plan.json");
            var result = Tool.Run("plan", path, "--cache", "pab", "--steps", steps, "--out", saved);
            result.AssertExit(0);
            Assert.Contains(skipped, result.Output);
            Assert.Contains($"scheduler: FlowMatchEulerDiscreteScheduler of {Config}", result.Output);
            Assert.AreEqual(timesteps, string.Join(", ", CachePlan.Load(saved).Timesteps));
        }
    }

    [TestMethod]
    [DataRow("cogvideox-2b-tiny", "CogVideoXDDIMScheduler as CogVideoX-2b configures it")]
    [DataRow("flux-tiny", "FlowMatchEulerDiscreteScheduler as FLUX.1-dev configures it")]
    [DataRow("hunyuan-video-tiny", "FlowMatchEulerDiscreteScheduler as HunyuanVideo configures it")]
    [DataRow("latte-tiny", "DDIMScheduler as Latte-1 configures it")]
    [DataRow("ltx-tiny", "FlowMatchEulerDiscreteScheduler as LTX-Video configures it")]
    [DataRow("mochi-tiny", "FlowMatchEulerDiscreteScheduler as mochi-1-preview configures it")]
    [DataRow("wan-tiny", "UniPCMultistepScheduler as Wan 2.1 configures it")]
    public void Plan_WithoutAScheduler_SaysWhichItTook(string model, string line)
    {
        WriteModel(model);
        var result = Tool.Run("plan", _folder, "--cache", "pab", "--steps", "4");
        result.AssertExit(0);
        Assert.Contains($"scheduler: {line}: there is no scheduler", result.Output);
    }

    [TestMethod]
    public void Bench_WithASchedulerBesideTheModel_TakesIt()
    {
        WriteModel("cogvideox-5b-tiny");
        WriteScheduler(new JsonObject { ["_class_name"] = nameof(CogVideoXDPMScheduler), ["timestep_spacing"] = "trailing" });
        var result = Tool.Run("bench", _folder, "--steps", "3", "--rounds", "1", "--cache", "none", "--json");
        result.AssertExit(0);
        Assert.AreEqual($"{nameof(CogVideoXDPMScheduler)} of {Config}", result.Json.GetProperty("scheduler").GetString());
    }

    [TestMethod]
    public void Beside_IndexThatNamesAClass_IsThatClass()
    {
        WriteModel("cogvideox-5b-tiny");
        WriteScheduler(new JsonObject { ["_class_name"] = nameof(CogVideoXDDIMScheduler) });
        WriteIndex(nameof(CogVideoXDPMScheduler));
        Assert.AreEqual(nameof(CogVideoXDPMScheduler), SchedulerFile.Beside(Path.Combine(Model, "config.json"))!.ClassName);
    }

    [TestMethod]
    public void Plan_IndexNamesASchedulerThatIsNotThere_SaysSo()
    {
        WriteModel("cogvideox-5b-tiny");
        WriteIndex(nameof(CogVideoXDPMScheduler));
        Tool.Run("plan", _folder, "--cache", "pab").AssertError(1, Config, "model_index.json", nameof(CogVideoXDPMScheduler));
    }

    [TestMethod]
    public void Plan_SchedulerThatIsNotHere_IsNotSupported()
    {
        WriteModel("cogvideox-5b-tiny");
        WriteScheduler(new JsonObject { ["_class_name"] = "PNDMScheduler" });
        Tool.Run("plan", _folder, "--cache", "pab").AssertError(3, Config, "PNDMScheduler", nameof(DDIMScheduler));
    }

    [TestMethod]
    public void Plan_SchedulerConfigThatIsBroken_NamesTheFile()
    {
        WriteModel("cogvideox-5b-tiny");
        WriteScheduler([]);
        File.WriteAllText(Config, "{");
        Tool.Run("plan", _folder, "--cache", "pab").AssertError(1, Config);
    }

    private void WriteModel(string golden)
    {
        Directory.CreateDirectory(Model);
        foreach (var file in Directory.GetFiles(Path.Combine(Tool.Goldens, golden, "model")))
            File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
    }

    private void WriteScheduler(JsonObject config)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Config)!);
        File.WriteAllText(Config, config.ToJsonString());
    }

    private void WriteIndex(string scheduler) => File.WriteAllText(
        Path.Combine(_folder, "model_index.json"), JsonSerializer.Serialize(new Dictionary<string, string[]> { ["scheduler"] = ["diffusers", scheduler] }));
}
