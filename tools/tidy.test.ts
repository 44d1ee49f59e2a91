/**
 * The style guide as a program: what Biome cannot say of a file. Each rule names what to use instead.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const linesMax = 400;

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every file that git tracks or would track. */
const sources: readonly Source[] = execFileSync(
  "git",
  [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "--",
    "*.ts",
    "*.mjs",
    "*.py",
    "*.go",
    "*.tsx",
  ],
  { encoding: "utf8" },
)
  .split("\n")
  .filter((path) => path !== "" && existsSync(path))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));

const isTest = (path: string): boolean =>
  /[.]test[.]ts$|\/tests?\/|^tests\/|\/testing\/|\/conformance\//.test(path);
const paths = (found: readonly Source[]): string[] => found.map(({ path }) => path);

test("there is something to look at", () => {
  expect(sources.length).toBeGreaterThan(100);
});

test(`no file is longer than ${linesMax} lines`, () => {
  expect(paths(sources.filter(({ text }) => text.split("\n").length > linesMax + 1))).toEqual([]);
});

test("every file opens with what it is for", () => {
  const isOpened = ({ path, text }: Source): boolean =>
    path.endsWith(".py")
      ? /^(#!.*\n)?("""|# )|^$/.test(text)
      : /^(#!.*\n)?(\/\*\*|\/\/ )/.test(text);
  expect(paths(sources.filter((source) => !isOpened(source)))).toEqual([]);
});

test("nothing is left for later in a comment: fix it or file it", () => {
  const mark = /\b(TODO|FIXME|XXX)\b/;
  const marked = sources.filter(
    ({ path, text }) => path !== "tools/tidy.test.ts" && mark.test(text),
  );
  expect(paths(marked)).toEqual([]);
});

interface Ban {
  readonly what: RegExp;
  readonly instead: string;
  /** Where it is allowed. */
  readonly except: RegExp;
}

const bans: readonly Ban[] = [
  {
    except:
      /^(server\/src\/core|cli\/src\/line|sdks\/webhooks\/src)\/clock[.]ts$|^bench\/|^tools\/|^simulator\//,
    instead: "core/clock.ts",
    what: /\bDate\.now\(|\bnew Date\(\)/,
  },
  {
    except: /^server\/src\/store\/postgres\/open[.]ts$|^bench\//,
    instead: "core/ids.ts (jitter aside)",
    what: /\bMath\.random\(/,
  },
  {
    except: /^server\/src\/program\/config[.]ts$|^bench\/|^tools\/|^simulator\/src\/main[.]ts$/,
    instead: "server/src/program/config.ts, and what cli/src/main.js passes on",
    what: /\bprocess\.env\b/,
  },
  {
    except: /^(bench|cli|examples|sdks|tests|tools)\/|\/test-endpoints[.]ts$/,
    instead:
      "import type, process.getBuiltinModule or import(): each is 15 to 80 ms of every start",
    what: /^import (?!type\b)[^;]* from "(?:@sinclair\/typebox|node:http|nodemailer|prom-client|undici)";$/m,
  },
  { except: /^vault\//, instead: "the vault", what: /\bcreate(?:Cipher|Decipher)iv\b/ },
  {
    except: /^(server\/src\/(core\/serializer|store)|bench)\//,
    instead: "code that is not generated",
    what: /\bnew Function\(/,
  },
];

test.each(bans)("$what is used only where it belongs: use $instead", ({ what, except }) => {
  const offenders = sources.filter(
    ({ path, text }) =>
      /[.]tsx?$/.test(path) && !isTest(path) && !except.test(path) && what.test(text),
  );
  expect(paths(offenders)).toEqual([]);
});
