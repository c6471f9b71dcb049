namespace Afterimage.Generators.Model;

/// <summary>Names around the delegate that <c>forward</c> calls, none of which the author uses.</summary>
/// <param name="Type">The delegate's type.</param>
/// <param name="Uncached">The field that holds the author's body.</param>
/// <param name="Self">The parameter for the object itself.</param>
internal sealed record DelegateNames(string Type, string Uncached, string Self);
