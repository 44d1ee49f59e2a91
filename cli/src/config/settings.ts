/**
 * What a profile can keep: the settings by which a server is reached, under the names of their flags.
 */

export const settingNames = ["api-base", "api-key", "data-dir"] as const;
export type SettingName = (typeof settingNames)[number];

/** A setting that is not kept is absent; none is ever empty. */
export type Settings = Readonly<Partial<Record<SettingName, string>>>;
