import { expect, test } from "vitest";
import { groups, labelParams, readLabels, readMetricSearch, writeLabels } from "./search";

test("the address holds what was chosen and nothing else", () => {
  expect(readMetricSearch({ metric: "up", quantile: "", other: "x", by: 3 })).toEqual({ metric: "up" });
  expect(groups({ by: "route", also: "code" })).toEqual(["route", "code"]);
  expect(groups({ also: "code" })).toEqual(["code"]);
});

test("labels come back as they went, whatever they hold", () => {
  const filters = [
    { label: "resource:service.name", value: "蜜柑 & co=1" },
    { label: "route", value: "/a?b=c" },
    { label: "route", value: "" },
  ];
  expect(readLabels(writeLabels(filters))).toEqual(filters);
  expect(labelParams(writeLabels(filters))).toEqual([
    "resource:service.name=蜜柑 & co=1",
    "route=/a?b=c",
    "route=",
  ]);
  expect(writeLabels([...filters, { label: "route", value: "" }])).toEqual(writeLabels(filters));
  expect(writeLabels([])).toBeUndefined();
});
