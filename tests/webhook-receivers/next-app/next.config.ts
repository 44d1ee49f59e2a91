/** The application imports what the repository has beside it, so the bundler's root is the repository's. */
import { join } from "node:path";
import type { NextConfig } from "next";

const config: NextConfig = { turbopack: { root: join(import.meta.dirname, "../../..") } };
export default config;
