/**
 * A card is good to the end of its month by the business clock.
 */
import { expect, test } from "vitest";
import { readExpiry } from "./expiry.ts";

/** 15 June 2023. */
const now = 1_686_787_200;

test.each([
  ["12", "24", { month: 12, year: 2024 }],
  ["06", "2023", { month: 6, year: 2023 }],
  ["1", "2073", { month: 1, year: 2073 }],
])("%s/%s is taken", (month, year, expiry) => {
  expect(readExpiry(month, year, now)).toEqual(expiry);
});

test.each([
  ["13", "2030", "invalid_expiry_month"],
  ["0", "2030", "invalid_expiry_month"],
  ["x", "2030", "invalid_expiry_month"],
  ["-1", "2030", "invalid_expiry_month"],
  ["5", "2023", "invalid_expiry_month"],
  ["12", "22", "invalid_expiry_year"],
  ["12", "1970", "invalid_expiry_year"],
  ["12", "2074", "invalid_expiry_year"],
  ["12", "12345", "invalid_expiry_year"],
  ["12", "", "invalid_expiry_year"],
])("%s/%s is refused as %s", (month, year, code) => {
  expect(() => readExpiry(month, year, now)).toThrow(
    expect.objectContaining({
      details: expect.objectContaining({ code }),
      status: 402,
      type: "card_error",
    }),
  );
});
