/**
 * Money that was authorized and not captured is held for seven days; then it is released by itself.
 */
const holdSeconds = 7 * 86_400;

/** @param created of the charge. @returns Unix seconds of the business clock, as is `created`. */
export const holdEnd = (created: number): number => created + holdSeconds;
