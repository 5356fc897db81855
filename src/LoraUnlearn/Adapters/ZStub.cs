#pragma warning disable
namespace LoraUnlearn.Adapters;
public static class PeftAdapter { public static void Write(AdapterSet a, string o, string m, int? k) { } }
