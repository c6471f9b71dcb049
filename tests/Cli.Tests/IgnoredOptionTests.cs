namespace Afterimage.Cli.Tests;

/// <summary>What would do nothing is refused, not passed over.</summary>
[TestClass]
public class IgnoredOptionTests
{
    private static readonly string Model = Path.Combine(Tool.Goldens, "wan-tiny", "model");

    [TestMethod]
    [DataRow("before 'load'", "bench", "MODEL", "load")]
    [DataRow("--steps 3", "bench", "--steps", "3", "load")]
    [DataRow("--json", "bench", "--json", "load", "MODEL")]
    [DataRow("--mib", "bench", "load", "MODEL", "--mib", "5")]
    [DataRow("--saved", "bench", "load", "MODEL", "--saved", "float32")]
    [DataRow("--cache pab is given twice", "bench", "--cache", "pab", "--cache", "pab")]
    [DataRow("--dynamic-cfg", "generate", "FOLDER", "a cat", "--dynamic-cfg", "--guidance-scale", "1")]
    [DataRow("--negative-prompt", "generate", "FOLDER", "a cat", "--negative-prompt", "a dog", "--guidance-scale", "0")]
    [DataRow("--dynamic-cfg", "quality", "FOLDER", "--dynamic-cfg", "--guidance-scale", "1")]
    [DataRow("--variant would do nothing", "bench", "--variant", "fp16")]
    [DataRow("--revision would do nothing", "bench", "--revision", "main")]
    [DataRow("--variant would do nothing", "bench", "load", "--variant", "fp16")]
    [DataRow("--revision would do nothing", "bench", "load", "--revision", "main")]
    [DataRow("--variant", "bench", "--variant", "fp16", "load", "MODEL")]
    [DataRow("--variant needs --self", "verify", "CASE", "--variant", "fp16")]
    [DataRow("--revision needs --self", "verify", "CASE", "--revision", "main")]
    [DataRow("--cuda-graphs would do nothing: graphs are CUDA's", "generate", "FOLDER", "a cat", "--cuda-graphs")]
    [DataRow("--cuda-graphs would do nothing: without a cache", "generate", "FOLDER", "a cat", "--cuda-graphs", "--device", "cuda", "--cache", "none")]
    [DataRow("--model-cpu-offload would do nothing", "generate", "FOLDER", "a cat", "--model-cpu-offload")]
    [DataRow("--cuda-graphs would do nothing: graphs are CUDA's", "bench", "--cuda-graphs")]
    [DataRow("--cuda-graphs would do nothing: without a cache", "bench", "--cuda-graphs", "--device", "cuda", "--cache", "none")]
    [DataRow("'--variant'", "plan", "MODEL", "--cache", "pab", "--variant", "fp16")]
    [DataRow("'--force'", "kernels", "--force")]
    [DataRow("'--compre'", "generate", "FOLDER", "--compre")]
    public void OptionOrArgument_ThatWouldDoNothing_IsAUsageError(string part, params string[] arguments)
    {
        var result = Tool.Run(arguments);
        result.AssertError(2, part);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    [DataRow("schedulers")]
    [DataRow("fastercache-frequency")]
    public void Verify_DtypeOfWhatHasNoModel_IsRefused(string name) =>
        Tool.Run("verify", Path.Combine(Tool.Goldens, name), "--dtype", "bfloat16").AssertError(1, "--dtype", "no model");

    [TestMethod]
    [DataRow("trch")]
    [DataRow("TORCH")]
    public void Kernels_WrongSettingInTheEnvironment_IsOneLine(string value)
    {
        var environment = new Dictionary<string, string> { ["AFTERIMAGE_KERNELS"] = value };
        Tool.RunIn(environment, "plan", Model, "--cache", "pab").AssertError(1, $"AFTERIMAGE_KERNELS is '{value}'", "'torch'");
    }

    [TestMethod]
    public void Prompt_ThatBeginsWithAt_IsNoFileOfArguments() =>
        Tool.Run("generate", "no-such-folder", "@otter").AssertError(1, "no-such-folder");
}
