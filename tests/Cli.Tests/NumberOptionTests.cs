using System.CommandLine;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Planning;
using Afterimage.Cli.Quality;
using Afterimage.Cli.Verify;

namespace Afterimage.Cli.Tests;

[TestClass]
public class NumberOptionTests
{
    private static readonly Type[] s_numbers = [typeof(int), typeof(int?), typeof(long), typeof(double), typeof(double?)];

    /// <summary>Every option of every command that takes a number.</summary>
    private static IEnumerable<(Command Command, Option Option)> Options =>
        ((Command[])[VerifyCommand.Create(), PlanCommand.Create(), BenchCommand.Create(), LoadCommand.Create(), GenerateCommand.Create(), QualityCommand.Create()])
        .SelectMany(command => command.Options.Where(option => s_numbers.Contains(option.ValueType)).Select(option => (command, option)));

    [TestMethod]
    [DataRow("1,5")]
    [DataRow("1,000")]
    [DataRow("1_000")]
    [DataRow("1 000")]
    [DataRow("0x10")]
    [DataRow("１２")] // full-width digits
    [DataRow("٣")]
    [DataRow("NaN")]
    [DataRow("Infinity")]
    [DataRow("-∞")]
    [DataRow("1e999")]
    [DataRow("48x32")]
    [DataRow("1.2.3")]
    [DataRow("(5)")]
    [DataRow("$5")]
    [DataRow("many")]
    [DataRow("99999999999999999999999999999.")]
    public void AnyNumber_OfAnotherForm_IsAUsageErrorThatNamesTheOption(string text)
    {
        foreach (var (command, option) in Options.Where(item => !IsReal(item.Option) || text != "99999999999999999999999999999."))
        {
            var error = ErrorIn(command, option, text);
            Assert.IsNotNull(error, $"{command.Name} {option.Name}");
            Assert.Contains($"for option '{option.Name}'", error);
            Assert.Contains("point", error);
        }
    }

    [TestMethod]
    [DataRow("1e3", 1000)]
    [DataRow("7.5", 7.5)]
    [DataRow(" 2", 2)]
    [DataRow("+2", 2)]
    public void Real_OfAnyForm_IsThatNumber(string text, double value)
    {
        var rate = NumberOption.Real("--rate", "");
        Assert.AreEqual(value, new RootCommand { rate }.Parse(["--rate", text]).GetValue(rate));
    }

    [TestMethod]
    public void Whole_WithExponentOrDecimals_IsNotRounded()
    {
        foreach (var text in (string[])["1e3", "1.5", "2.0"])
        {
            foreach (var (command, option) in Options.Where(item => !IsReal(item.Option)))
                Assert.IsNotNull(ErrorIn(command, option, text), $"{command.Name} {option.Name} {text}");
        }
    }

    [TestMethod]
    [DataRow("0")]
    [DataRow("-1")]
    public void Count_NotAbove0_IsRefused(string text)
    {
        foreach (var (command, option) in Options.Where(item => !IsReal(item.Option) && item.Option.Name != "--seed"))
            Assert.AreEqual($"{option.Name} must be above 0, got {text}.", ErrorIn(command, option, text));
    }

    [TestMethod]
    public void Count_TooLarge_SaysTheBound() =>
        Assert.Contains("2147483647", ErrorIn(PlanCommand.Create(), NumberOption.Count("--steps", "", 1), "2147483648")!);

    [TestMethod]
    public void GuidanceScale_Negative_IsRefused()
    {
        var command = GenerateCommand.Create();
        Assert.AreEqual(
            "--guidance-scale must be 0 or more, got -1.5.",
            ErrorIn(command, command.Options.Single(option => option.Name == "--guidance-scale"), "-1.5"));
    }

    [TestMethod]
    public void Options_OfAllCommands_AreThere() => Assert.IsGreaterThan(14, Options.Count());

    /// <summary>The field case: 15 was taken, and is 1.5 in half of Europe.</summary>
    [TestMethod]
    [DataRow("1,5", "generate", "FOLDER", "PROMPT", "--guidance-scale", "1,5")]
    [DataRow("7,5", "generate", "FOLDER", "PROMPT", "--fps", "7,5")]
    [DataRow("1,5", "generate", "FOLDER", "PROMPT", "--dynamic-cfg", "--guidance-scale", "1,5")]
    [DataRow("1,5", "quality", "FOLDER", "--guidance-scale", "1,5")]
    public void Tool_DecimalComma_EndsWith2(string text, params string[] arguments) =>
        Tool.Run(arguments).AssertError(2, $"'{text}' for option '{arguments[^2]}'", "decimals have a point");

    [TestMethod]
    [DataRow("TextToVideo", "--guidance-scale", "1,5")]
    [DataRow("TextToVideo", "--steps", "1.5")]
    public void Sample_DecimalComma_EndsWith2(string sample, string option, string text)
    {
        var result = Tool.RunProgram(sample, "a red circle", option, text);
        result.AssertExit(2);
        Assert.Contains($"'{text}' for option '{option}'", result.Errors);
    }

    private static bool IsReal(Option option) => option.ValueType == typeof(double) || option.ValueType == typeof(double?);

    private static string? ErrorIn(Command command, Option option, string text)
    {
        string[] arguments = [.. command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(argument => argument.Name)];
        var required = command.Options.Where(other => other.Required).SelectMany(other => (string[])[other.Name, "pab"]);
        // What an option goes with.
        string[] companions = (command.Name, option.Name) switch
        {
            ("verify", "--seed") => ["--self"],
            ("quality", "--scale") => ["--picture", "sheet.png"],
            ("generate", _) => ["PROMPT"],
            _ => [],
        };
        return command.Parse([.. arguments, .. required, .. companions, $"{option.Name}={text}"]).Errors.FirstOrDefault()?.Message;
    }
}
