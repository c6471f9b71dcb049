using System.Runtime.InteropServices;

namespace Afterimage.Cli.Tests;

[TestClass]
public class ErrorTextTests
{
    [TestMethod]
    public void Of_ArgumentException_LeavesTheParameterOut() =>
        Assert.AreEqual("Too few.", ErrorText.Of(new ArgumentException("Too few.", "steps")));

    [TestMethod]
    public void Of_ValueOutOfRange_EndsWithTheValue() =>
        Assert.AreEqual("expected 1 or more, found 0", ErrorText.Of(new ArgumentOutOfRangeException("steps", 0, "expected 1 or more")));

    [TestMethod]
    public void Of_Libtorch_LeavesItsFramesOut() =>
        Assert.AreEqual("shape mismatch", ErrorText.Of(new ExternalException("shape mismatch\r\nException raised from here\nframe #0")));

    [TestMethod]
    public void Of_WhatIsWrapped_IsTheCause() =>
        Assert.AreEqual("no libtorch", ErrorText.Of(new TypeInitializationException("torch", new NotSupportedException("no libtorch"))));

    [TestMethod]
    public void Of_NoMemory_SaysSo() =>
        Assert.StartsWith("There is not enough memory: ", ErrorText.Of(new OutOfMemoryException()));

    [TestMethod]
    public void Of_AnEstimate_SaysHowToGoOn() =>
        Assert.AreEqual("too large: make it smaller (--force begins all the same).", ErrorText.Of(new InsufficientMemoryException("too large: make it smaller.")));

    [TestMethod]
    public void Of_List_IsOneLine() =>
        Assert.AreEqual("2 tensors do not fit: a b", ErrorText.Of(new InvalidDataException("2 tensors do not fit:\n  a\n  b")));
}
