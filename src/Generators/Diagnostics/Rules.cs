using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Diagnostics;

/// <summary>Every diagnostic. Ids are stable; each has a page under docs/diagnostics.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NotPartial = new(
        "AFTER001", "Class is not partial",
        "'{0}' gets a generated part: declare it and the types around it partial",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER001"));

    public static readonly DiagnosticDescriptor NotAModule = new(
        "AFTER002", "Class is not a module",
        "'{0}' has to derive from TorchSharp's Module to be cached",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER002"));

    public static readonly DiagnosticDescriptor NoCachedForward = new(
        "AFTER003", "No [CachedForward] method",
        "'{0}' is annotated, but no method holds its forward pass: mark that method [CachedForward]",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER003"));

    public static readonly DiagnosticDescriptor SecondCachedForward = new(
        "AFTER004", "More than one [CachedForward] method",
        "'{0}' has a [CachedForward] method already ('{1}'): a class has one forward pass",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER004"));

    public static readonly DiagnosticDescriptor NoPartialForward = new(
        "AFTER005", "No partial forward to implement",
        "'{0}' needs a partial definition of 'forward' with the parameter types and return type of '{1}', to be implemented",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER005"));

    public static readonly DiagnosticDescriptor NothingToCache = new(
        "AFTER006", "[CachedForward] on a class with nothing to cache",
        "'{0}' is neither marked [CacheableModel] nor has it sites: mark it, or remove [CachedForward]",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER006"));

    public static readonly DiagnosticDescriptor NoSuchMember = new(
        "AFTER008", "Site names no member",
        "'{0}' has no field or property named '{1}'",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER008"));

    public static readonly DiagnosticDescriptor MemberNotAModule = new(
        "AFTER009", "Site is not a module with forward",
        "'{0}' is a '{1}': a site is a TorchSharp module with a 'forward' method",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER009"));

    public static readonly DiagnosticDescriptor SameMemberTwice = new(
        "AFTER010", "Member is a site twice",
        "'{0}' is marked as a site already: it has one kind",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER010"));

    public static readonly DiagnosticDescriptor TooManySites = new(
        "AFTER011", "Too many sites",
        "'{0}' has more than 3 sites, which would take more than 8 variants of its forward: unmark some, or split the block",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER011"));

    public static readonly DiagnosticDescriptor SiteNotCalled = new(
        "AFTER012", "Site is not called",
        "'{0}' does not call the site '{1}'",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER012"));

    public static readonly DiagnosticDescriptor SiteCalledTwice = new(
        "AFTER013", "Site is called twice",
        "'{0}' is called in more than one place: a site is called once, or its history would hold two values",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER013"));

    public static readonly DiagnosticDescriptor SiteInBranch = new(
        "AFTER014", "Site is called inside a branch, loop or lambda",
        "'{0}' is called inside {1}: call a site in a top-level statement, so that it runs exactly once",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER014"));

    public static readonly DiagnosticDescriptor SiteForm = new(
        "AFTER015", "Site call has no statement of its own",
        "'{0}' has to be called as 'var x = {0}.forward(...)' or 'var (a, b) = {0}.forward(...)' (or with existing variables), with nothing else in the statement",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER015"));

    public static readonly DiagnosticDescriptor SiteResultType = new(
        "AFTER016", "Site does not return tensors",
        "'{0}.{1}' returns '{2}': only a Tensor or a tuple of Tensors can be kept",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER016"));

    public static readonly DiagnosticDescriptor SiteUsedElsewhere = new(
        "AFTER017", "Site is used outside its call",
        "'{0}' is used outside the constructor and its one call: its history would not know",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER017"));

    public static readonly DiagnosticDescriptor InPlaceOnSite = new(
        "AFTER018", "Site result is modified in place",
        "'{0}' modifies the result of the site '{1}', which may be shared with its history: use the form that returns a new tensor",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER018"));

    public static readonly DiagnosticDescriptor SiteArgument = new(
        "AFTER019", "Argument of a site may have side effects",
        "'{0}' is not known to be free of side effects and would not run when '{1}' is skipped: mark it [NoSideEffects] or call it in a statement of its own",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER019"));

    public static readonly DiagnosticDescriptor RefusedConstruct = new(
        "AFTER020", "Construct is not allowed in a [CachedForward] method",
        "{0} cannot be sliced: move it to a method that '{1}' calls",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER020"));

    public static readonly DiagnosticDescriptor RefusedType = new(
        "AFTER021", "Type cannot be cached",
        "'{0}' is {1}, which a cached class cannot be",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER021"));

    public static readonly DiagnosticDescriptor ReturnPlace = new(
        "AFTER022", "Return is not the one last statement",
        "'{0}' has to end in its only return statement",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER022"));

    public static readonly DiagnosticDescriptor MayHaveSideEffects = new(
        "AFTER023", "Statement stays when its site is skipped",
        "{0} stays when '{1}' is skipped; {2}",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: Page("AFTER023"));

    public static readonly DiagnosticDescriptor GuidanceBatchType = new(
        "AFTER024", "[GuidanceBatch] parameter is not a tensor",
        "'{0}' is a '{1}': only a Tensor has a batch dimension",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER024"));

    public static readonly DiagnosticDescriptor ModelReturnType = new(
        "AFTER025", "Model does not return a tensor",
        "'{0}' returns '{1}': a cacheable model's forward returns one Tensor",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER025"));

    public static readonly DiagnosticDescriptor SiteResultUnused = new(
        "AFTER026", "Site result is never read",
        "Nothing reads the result of '{0}', so there is nothing to reuse",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER026"));

    public static readonly DiagnosticDescriptor FileLocalUse = new(
        "AFTER027", "Body uses a type that is local to its file",
        "'{0}' is local to its file, and '{1}' is copied to a generated one: make the type internal",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER027"));

    public static readonly DiagnosticDescriptor LanguageTooOld = new(
        "AFTER028", "Language version is too old",
        "'{0}' needs C# {1} to be cached, and this project is compiled as C# {2}: raise or remove LangVersion",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER028"));

    public static readonly DiagnosticDescriptor CallerName = new(
        "AFTER029", "Call is told the name of its caller",
        "'{0}' is told its caller's name, which is '{1}' without a cache and a generated variant's with one: give '{2}' yourself",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: Page("AFTER029"));

    public static readonly DiagnosticDescriptor UnheldNumber = new(
        "AFTER030", "Number may be freed while libtorch reads it",
        "'{0}' makes a Scalar that a finalizer may free while libtorch reads it: {1}",
        Category, DiagnosticSeverity.Info, isEnabledByDefault: true, helpLinkUri: Page("AFTER030"));

    public static readonly DiagnosticDescriptor ChangeIndicatorForm = new(
        "AFTER031", "Indicator of change cannot be called",
        "'{0}' {1}: [ChangeIndicator] marks one method of a model that returns a Tensor and takes arguments of its forward, by their names and types",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER031"));

    public static readonly DiagnosticDescriptor LatentsParameter = new(
        "AFTER032", "[Latents] is not on one tensor",
        "'{0}' {1}: [Latents] marks the one Tensor of forward that its result has the shape of",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER032"));

    public static readonly DiagnosticDescriptor SiteModifiesArgument = new(
        "AFTER033", "Site modifies its argument",
        "'{0}' modifies '{1}', which is seen after it, and does not where it is skipped: build it without inplace, or pass it a copy",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER033"));

    public static readonly DiagnosticDescriptor SiteMayModifyArgument = new(
        "AFTER034", "Site may modify its argument",
        "'{0}' is not known to leave '{1}' as it is, which is seen after it: mark its forward [NoSideEffects], or pass it a copy",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: Page("AFTER034"));

    public static readonly DiagnosticDescriptor SiteMayReturnArgument = new(
        "AFTER035", "Memory that a site's result may share with its argument is modified",
        "'{0}' modifies memory that the result of '{1}' may share with its argument, and does not where it is reused: let '{1}' return a new tensor, or use the form that returns one here",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true, helpLinkUri: Page("AFTER035"));

    public static readonly DiagnosticDescriptor StackOutsideModel = new(
        "AFTER036", "[BlockStack] on a class that is no model",
        "'{0}' is a stack of blocks, which only a model has: mark '{1}' [CacheableModel], or remove [BlockStack]",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER036"));

    public static readonly DiagnosticDescriptor StackNotAList = new(
        "AFTER037", "Stack is not a list of modules",
        "'{0}' is a '{1}': a stack is a module that is a list of modules, such as a ModuleList",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER037"));

    public static readonly DiagnosticDescriptor StackLoop = new(
        "AFTER038", "Stack is not run by one loop",
        "'{0}' is {1}: beside the constructor, exactly one top-level foreach or for of '{2}' uses a stack",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER038"));

    public static readonly DiagnosticDescriptor StackVariable = new(
        "AFTER039", "Variable of a stack cannot be kept",
        "What the loop over '{1}' does to '{0}' is read after it, but '{0}' {2}: only a Tensor that has a value before the loop can be kept",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER039"));

    public static readonly DiagnosticDescriptor PromptParameter = new(
        "AFTER040", "[Prompt] parameter is not a tensor",
        "Parameter '{0}' is marked [Prompt] but is a '{1}': only a Tensor can be compared with that of the step before",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER040"));

    public static readonly DiagnosticDescriptor BlockOutputForm = new(
        "AFTER041", "[BlockOutput] on what cannot be kept",
        "'{0}' {1}: [BlockOutput] marks a block whose forward returns a Tensor or a tuple of Tensors",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER041"));

    public static readonly DiagnosticDescriptor SequenceForm = new(
        "AFTER042", "Sequence cannot be shared by ranks",
        "'{0}' {1}: [SequenceParallel] marks a Tensor [batch, tokens, …], and [SequencePositions] what goes with it, that a model's body declares before its first stack",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: Page("AFTER042"));

    /// <summary>All of the above.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        NotPartial, NotAModule, NoCachedForward, SecondCachedForward,
        NoPartialForward, NothingToCache, NoSuchMember,
        MemberNotAModule, SameMemberTwice, TooManySites, SiteNotCalled,
        SiteCalledTwice, SiteInBranch, SiteForm, SiteResultType,
        SiteUsedElsewhere, InPlaceOnSite, SiteArgument, RefusedConstruct,
        RefusedType, ReturnPlace, MayHaveSideEffects, GuidanceBatchType,
        ModelReturnType, SiteResultUnused, FileLocalUse, LanguageTooOld,
        CallerName, UnheldNumber, ChangeIndicatorForm, LatentsParameter, SiteModifiesArgument,
        SiteMayModifyArgument, SiteMayReturnArgument, StackOutsideModel,
        StackNotAList, StackLoop, StackVariable, PromptParameter, BlockOutputForm, SequenceForm,
    ];

    private const string Category = "Afterimage";

    // Where it is in the repository, and in the package.
    private static string Page(string id) => $"docs/diagnostics/{id}.md";
}
