namespace Afterimage.Generators.Model;

/// <summary>What may become of a statement in a variant.</summary>
internal enum StatementKind
{
    /// <summary>Stays in every variant.</summary>
    Root,

    /// <summary>Goes when nothing reads what it writes.</summary>
    Removable,

    /// <summary>Disposes a variable, and goes when the variable's definition goes.</summary>
    Dispose,

    /// <summary>Calls a site, or is a stack.</summary>
    Site,
}
