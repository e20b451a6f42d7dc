module homelab/openwrt

go 1.26.0
