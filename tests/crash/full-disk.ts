/**
 * Places for a server's data that run out of room and get it back, by what this machine allows: a small file system of
 * its own, which takes root, or a limit on the size of the server's files, which Linux can lift while it runs.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./process.ts";

export interface ScarceDisk {
  readonly dataDir: string;
  /** Called once the server runs, with its process id: from here on room is short. */
  restrict(pid: number): void;
  /** Leaves no room at all; undefined where that cannot be done before there is a process. */
  readonly fillUp?: () => void;
  /** Gives room again, while the server runs. */
  relieve(pid: number): void;
  remove(): void;
}

export interface DiskKind {
  readonly name: string;
  /** @throws Error where this machine does not allow it. */
  open(): ScarceDisk;
}

const megabyte = 1 << 20;
const fileSystemBytes = 12 * megabyte;
const fillerBytes = 9 * megabyte;
const fileBytesMax = 2 * megabyte;

/** Of the operating system; nothing that a package brings. */
const system = { limit: "prlimit", mount: "mount", unmount: "umount" };

const mounted = new Set<string>();
process.once("exit", () => {
  for (const mountPoint of mounted) unmount(mountPoint);
});

/** A file system in memory that another program's file nearly fills. */
export const smallFileSystem: DiskKind = {
  name: "a file system without room",
  open: () => {
    const mountPoint = temporaryDirectory();
    const options = `size=${fileSystemBytes},mode=0700`;
    execFileSync(system.mount, ["-t", "tmpfs", "-o", options, "tmpfs", mountPoint], {
      stdio: "ignore",
    });
    mounted.add(mountPoint);
    const filler = join(mountPoint, "filler");
    const dataDir = join(mountPoint, "data");
    mkdirSync(dataDir, { mode: 0o700 });
    return {
      dataDir,
      fillUp: () => fillUp(filler),
      relieve: () => rmSync(filler),
      remove: () => unmount(mountPoint),
      restrict: () => writeFileSync(filler, Buffer.alloc(fillerBytes, 1)),
    };
  },
};

function unmount(mountPoint: string): void {
  mounted.delete(mountPoint);
  // A server that is still there keeps it until it ends.
  execFileSync(system.unmount, ["--lazy", mountPoint]);
}

function fillUp(filler: string): void {
  for (let bytes = 0; bytes <= fileSystemBytes; bytes += 4096) {
    try {
      appendFileSync(filler, Buffer.alloc(4096, 1));
    } catch {
      return;
    }
  }
  throw new Error("The small file system took more than its size.");
}

/** Files that may not grow beyond a size. */
const sizeLimit: DiskKind = {
  name: "a limit on the size of files",
  open: () => {
    limitFiles(process.pid, "unlimited:");
    return {
      dataDir: temporaryDirectory(),
      relieve: (pid) => limitFiles(pid, "unlimited:"),
      remove: () => undefined,
      restrict: (pid) => limitFiles(pid, `${fileBytesMax}:`),
    };
  },
};

function limitFiles(pid: number, softAndHard: string): void {
  execFileSync(system.limit, ["--pid", String(pid), `--fsize=${softAndHard}`], { stdio: "ignore" });
}

/** Those of the kinds that this machine allows. */
export const diskKinds: readonly DiskKind[] = [smallFileSystem, sizeLimit].filter((kind) => {
  try {
    kind.open().remove();
    return true;
  } catch {
    return false;
  }
});
