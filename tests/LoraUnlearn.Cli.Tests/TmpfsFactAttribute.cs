using System.Diagnostics;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A test that mounts a small file system; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Skip = "Mounting a small tmpfs needs root on Linux.";
        }
        else if (!CanMount())
        {
            Skip = "Mounting a tmpfs is not allowed here.";
        }
    }

    private static bool CanMount()
    {
        string folder = Directory.CreateTempSubdirectory("lora-unlearn-mount-").FullName;
        bool isMounted = Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
        if (isMounted)
        {
            Run("umount", folder);
        }

        Directory.Delete(folder);
        return isMounted;
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
