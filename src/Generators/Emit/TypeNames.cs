namespace Afterimage.Generators.Emit;

/// <summary>Types that generated code names.</summary>
internal static class TypeNames
{
    public const string Afterimage = "global::Afterimage";
    public const string Execution = "global::Afterimage.Execution";
    public const string ReadOnlyList = "global::System.Collections.Generic.IReadOnlyList";
    public const string ScalarType = "global::TorchSharp.torch.ScalarType";
    public const string Device = "global::TorchSharp.torch.Device";
    public const string Module = "global::TorchSharp.torch.nn.Module";

    public static readonly string GeneratedCode =
        $"[global::System.CodeDom.Compiler.GeneratedCode(\"{GeneratorInfo.Name}\", \"{GeneratorInfo.Version}\")]";

    public const string NotUserCode = "[global::System.Diagnostics.DebuggerNonUserCode]";
}
