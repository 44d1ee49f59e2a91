// The direction of imports, as rules that fail the check: routes → operations → store, billing → payments → accounts →
// core, one door per package. Each rule was proved by planting what it forbids.
const domains = "payments|billing|webhooks|accounts";
const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    rule(
      "everything-resolves",
      "An import that does not resolve escapes every other rule.",
      {},
      { couldNotResolve: true },
    ),
    rule("no-cycles", "Data flows one way.", {}, { circular: true }),
    rule(
      "core-imports-nothing",
      "The shared kernel sits at the bottom.",
      { path: "^server/src/core/", pathNot: "[.]test[.]ts$" },
      { path: "^server/src/(?!core/)|^(vault|simulator|bench|tests)/" },
    ),
    rule(
      "only-routes-and-the-root-know-http",
      "An operation must be callable from a job, the CLI or a test.",
      { path: `^server/src/(${domains}|processors|jobs|store|core)/` },
      { path: "^server/src/(http/|api[.]ts|index[.]ts|platform[.]ts|schedule[.]ts)" },
    ),
    rule(
      "only-the-route-table-and-billing-read-routes",
      "Nothing but the table of endpoints needs an endpoint.",
      { path: "^server/src/", pathNot: "^server/src/api[.]ts$" },
      { path: "/routes[.]ts$" },
    ),
    rule(
      "a-store-belongs-to-its-resource",
      "Another resource's queries are reached through its operations.",
      { path: "^server/src/([^/]+)/([^/]+)/" },
      {
        path: `^server/src/(${domains})/[^/]+/store[.]ts$`,
        pathNot: "^server/src/$1/$2/|^server/src/accounts/api-keys/store[.]ts$",
      },
    ),
    rule(
      "drivers-know-no-domain",
      "A database driver stores rows; it does not know what a charge is.",
      { path: "^server/src/store/" },
      { path: `^server/src/(${domains}|processors|jobs|http)/` },
    ),
    rule(
      "only-the-store-picks-drivers",
      "store/open.ts is the one that chooses an engine.",
      { path: "^server/src/", pathNot: "^server/src/store/|[.]test[.]ts$" },
      { path: "^server/src/store/(sqlite|postgres)/" },
    ),
    rule(
      "payments-do-not-know-billing",
      "billing → payments → accounts, never back.",
      { path: "^server/src/(payments|accounts|webhooks)/" },
      { path: "^server/src/billing/" },
    ),
    rule(
      "accounts-do-not-know-payments",
      "An account is there before anything is paid.",
      { path: "^server/src/accounts/" },
      { path: "^server/src/(payments|webhooks)/" },
    ),
    rule(
      "webhooks-know-only-events",
      "Domains emit events; webhooks deliver them. Their tests need somebody who does.",
      { path: "^server/src/webhooks/", pathNot: "[.]test[.]ts$" },
      { path: "^server/src/(payments|billing)/" },
    ),
    rule(
      "vault-is-sealed",
      "One door: vault/src/index.ts.",
      { pathNot: "^vault/" },
      { path: "^vault/", pathNot: "^vault/src/index[.]ts$" },
    ),
    rule(
      "vault-imports-no-one",
      "The vault can be audited by reading vault/ alone: Node itself and nothing else at run time.",
      { path: "^vault/src/", pathNot: "[.]test[.]ts$" },
      { path: "^(server|simulator|bench|sdks)/|node_modules/(?!@types/)" },
    ),
    rule(
      "server-has-one-door",
      "The bench and the tests start a server; they reach nothing inside it.",
      { pathNot: "^server/" },
      { path: "^server/", pathNot: "^server/src/(index|main)[.]ts$" },
    ),
    rule(
      "clients-speak-http",
      "What a client needs, the API offers. Only `istripe serve` runs the server itself.",
      { path: "^(cli|sdks)/", pathNot: "^cli/src/serve[.]ts$" },
      { path: "^(server|vault|simulator)/" },
    ),
    rule(
      "nobody-needs-the-cli",
      "It is a program for people, at the outer edge.",
      { pathNot: "^cli/" },
      { path: "^cli/" },
    ),
    rule(
      "the-simulator-stands-alone",
      "It sits where an acquirer sits and knows nothing of us.",
      { path: "^simulator/" },
      { path: "^(server|vault)/" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Without these, "@istripe/server" does not resolve and every rule between packages is blind.
    enhancedResolveOptions: {
      conditionNames: ["import", "node", "default", "types"],
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".js", ".mjs"],
    },
    parser: "swc",
    tsPreCompilationDeps: true,
  },
};
