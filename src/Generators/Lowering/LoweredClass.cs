namespace Afterimage.Generators.Lowering;

/// <summary>A class with its block's variants decided: all that the emitter needs.</summary>
internal sealed record LoweredClass(ClassSpec Class, LoweredBlock? Block);
