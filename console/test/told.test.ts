import i18next from "i18next";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { learn, prepareTold, told } from "@/lib/told";

beforeAll(async () => {
  await i18next.init({ lng: "en", fallbackLng: "en", resources: { "zh-CN": { translation: { "Nobody answers.": "无人应答。" } } }, keySeparator: false, nsSeparator: false });
});
afterEach(() => i18next.changeLanguage("en"));

async function inChinese(): Promise<void> {
  await i18next.changeLanguage("zh-CN");
  await prepareTold();
}

describe("what the server says", () => {
  it("stays as it is in English, and where nothing is said", async () => {
    expect(told("The program has no such member.")).toBe("The program has no such member.");
    expect([told(undefined), told("")]).toEqual([undefined, ""]);
    expect(await prepareTold()).toBe(false);
  });

  it("is Chinese as soon as its sentences have come, which they do once", async () => {
    await i18next.changeLanguage("zh-CN");
    expect(told("This voucher was taken back.")).toBe("This voucher was taken back.");
    expect(await prepareTold()).toBe(true);
    expect(await prepareTold()).toBe(false);
    expect(told("This voucher was taken back.")).toBe("此优惠券已收回。");
  });

  it("is found however its lines are broken", async () => {
    await inChinese();
    expect(told("This voucher\n  was taken back.\n")).toBe("此优惠券已收回。");
  });

  it("keeps its figures and names, also in another order", async () => {
    await inChinese();
    expect(told("Write from 50 to 5000 in steps of 10.")).toBe("请填写 50 至 5000，步长为 10。");
    expect(told("`{` at character 7 means nothing in a formula; use numbers, field names, + - * / ( ) and functions.")).toBe("公式中第 7 个字符处的 `{` 无意义；请使用数字、字段名、+ - * / ( ) 和函数。");
    expect(told("One order of 100 EUR can earn 1,250 points: “Coffee”, “Tea” and 2 more.")).toBe("一笔 100 EUR 的订单最多可得 1,250 points：“Coffee”, “Tea”，以及另外 2 条规则。");
  });

  it("is read by the sentence that says the most of it itself", async () => {
    await inChinese();
    expect(told("`amonut` is not known here. Did you mean `amount`? Choose `amount` or `points`.")).toBe("此处不能使用 `amonut`。是否指 `amount`？请选择 `amount` or `points`。");
    expect(told("`sum` is not known here. Choose `amount` or `points`.")).toBe("此处不能使用 `sum`。请选择 `amount` or `points`。");
  });

  it("stays English when no sentence fits the whole of it", async () => {
    await inChinese();
    expect(told("A sentence that nobody has translated.")).toBe("A sentence that nobody has translated.");
    expect(told("Once more. Write from 50 to 5000 in steps of 10.")).toBe("Once more. Write from 50 to 5000 in steps of 10.");
    expect(told("Write from 50 to 5000 in steps of 10. And so on")).toBe("Write from 50 to 5000 in steps of 10. And so on");
  });

  it("is looked for among the console's own words, too", async () => {
    await inChinese();
    expect(told("Nobody answers.")).toBe("无人应答。");
  });

  it("says signs of expressions as they stand", async () => {
    learn("xx", { "A+ (b) costs $1.50? {0}": "{0}!" });
    await i18next.changeLanguage("xx");
    expect(told("A+ (b) costs $1.50? Yes")).toBe("Yes!");
    expect(told("AA b costs 1x50 Yes")).toBe("AA b costs 1x50 Yes");
  });
});
