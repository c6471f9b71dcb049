namespace Afterimage;

/// <summary>
/// Marks a layer whose result is made of the encoded prompt alone, such as the keys and values of cross attention. It is the same at every step, so a cached run
/// computes it once and hands it out without any error. The model's forward marks the prompt itself (<see cref="PromptAttribute"/>).
/// </summary>
/// <inheritdoc cref="SiteAttribute(string)"/>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class PromptProjectionAttribute(string member) : SiteAttribute(member);
