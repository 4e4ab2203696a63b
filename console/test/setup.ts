// The modules under test ask where they are when they are loaded; there is no browser here.
Object.assign(globalThis, { window: globalThis, location: { origin: "http://console.test" } });
