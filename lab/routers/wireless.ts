import { sha256 } from "../canonical.ts";
import { sortedNames } from "../names.ts";
import type { NetworkConfig, RadioConfig, RouterConfig, WifiConfig, WifiSecurity } from "./model.ts";
import { type Part, section, sectionName, software, type UciValue } from "./part.ts";
import { RADIUS_SECRET, wifiSecret } from "./secrets.ts";

/** OpenWrt's words for what secures a Wi-Fi, and whether frames that end a connection must be authentic (802.11w). */
const SECURITY: Readonly<Record<WifiSecurity, { readonly encryption: string; readonly ieee80211w: string }>> = {
  wpa2: { encryption: "psk2+ccmp", ieee80211w: "0" },
  "wpa2-wpa3": { encryption: "sae-mixed", ieee80211w: "1" },
  wpa3: { encryption: "sae", ieee80211w: "2" },
  enterprise: { encryption: "wpa3-mixed", ieee80211w: "1" },
};

/** At 6 GHz hostapd starts no radio that lets older devices in. What has no stricter form, `checkWifi` refuses there. */
const AT_6_GHZ: Partial<typeof SECURITY> = { enterprise: { encryption: "wpa3", ieee80211w: "2" } };

/**
 * The radios of a device and its Wi-Fis: the same at every access point, so that a phone that walks through the home changes
 * from one to the other without asking anybody again (802.11r).
 * @param router its name, for the RADIUS server
 */
export function wireless(router: string, { radios }: RouterConfig, network: NetworkConfig): readonly Part[] {
  const names = sortedNames(radios);
  const parts = names.flatMap((radio) => {
    const config = radios[radio];
    if (!config) return [];
    const wifis = sortedNames(network.wifi).filter((name) => network.wifi[name]?.bands.includes(config.band));
    return [
      radioDevice(radio, config, network.country),
      // OpenWrt's own: an open Wi-Fi named OpenWrt, which would come up with the radio.
      section(`wireless.default_${radio}`, "wifi-iface", { disabled: "1" }, { released: "restore" }),
      ...wifis.flatMap((name) => accessPoint(router, radio, config, name, network)),
    ];
  });
  const isEnterprise = names.length > 0 && Object.values(network.wifi).some(({ security }) => security === "enterprise");
  // The one that OpenWrt comes with cannot ask a RADIUS server.
  return isEnterprise ? [...parts, software({ name: "wpad-mbedtls", replaces: "wpad-basic-mbedtls" })] : parts;
}

function radioDevice(radio: string, { channel, mode, band }: RadioConfig, country: string): Part {
  const options = { band, channel: String(channel), htmode: mode, country, disabled: "0" };
  return section(`wireless.${radio}`, "wifi-device", options, { released: "restore" });
}

function accessPoint(
  router: string,
  radio: string,
  { band }: RadioConfig,
  name: string,
  network: NetworkConfig,
): readonly Part[] {
  const wifi = network.wifi[name];
  if (!wifi) return [];
  const options = {
    device: radio,
    mode: "ap",
    network: sectionName(wifi.vlan),
    ssid: wifi.ssid,
    ...((band === "6g" ? AT_6_GHZ[wifi.security] : undefined) ?? SECURITY[wifi.security]),
    isolate: wifi.isolate ? "1" : "0",
    ...roaming(router, wifi),
    ...(wifi.security === "enterprise" ? radiusServer(network) : {}),
    disabled: "0",
  };
  const secrets = wifi.security === "enterprise" ? { auth_secret: RADIUS_SECRET } : { key: wifiSecret(name) };
  return [section(`wireless.${sectionName(name, radio)}`, "wifi-iface", options, { secrets })];
}

function roaming(router: string, { ssid, security }: WifiConfig): Readonly<Record<string, UciValue>> {
  return {
    ieee80211r: "1",
    // Any four hex digits, the same at every access point of the Wi-Fi.
    mobility_domain: sha256(ssid).slice(0, 4),
    ft_over_ds: "0",
    nasid: router,
    // Only with a plain password can each work out the keys for itself; otherwise they ask each other.
    ft_psk_generate_local: security === "wpa2" ? "1" : "0",
  };
}

function radiusServer({ radius }: NetworkConfig): Readonly<Record<string, UciValue>> {
  return { auth_server: radius?.address ?? "", auth_port: radius === undefined ? "" : String(radius.port) };
}
