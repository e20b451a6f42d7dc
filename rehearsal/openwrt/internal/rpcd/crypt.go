package rpcd

import (
	"crypto/md5"
	"strings"
)

// cryptMD5 is crypt(3) with `$1$`, the form that OpenWrt's passwd writes. The result is never equal to a hash of another form.
func cryptMD5(password, hash string) string {
	parts := strings.Split(hash, "$")
	if len(parts) < 3 || parts[1] != "1" {
		return ""
	}
	salt := parts[2][:min(len(parts[2]), 8)]
	inner := md5.Sum([]byte(password + salt + password))
	text := password + "$1$" + salt
	for left := len(password); left > 0; left -= 16 {
		text += string(inner[:min(left, 16)])
	}
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 != 0 {
			text += "\x00"
		} else {
			text += password[:1]
		}
	}
	sum := md5.Sum([]byte(text))
	for round := range 1000 {
		sum = md5.Sum([]byte(roundText(round, password, salt, string(sum[:]))))
	}
	return "$1$" + salt + "$" + encodeMD5(sum)
}

func roundText(round int, password, salt, sum string) string {
	first, last := sum, password
	if round%2 == 1 {
		first, last = password, sum
	}
	middle := ""
	if round%3 != 0 {
		middle += salt
	}
	if round%7 != 0 {
		middle += password
	}
	return first + middle + last
}

// encodeMD5 writes the sum in crypt's own base 64, in its own order.
func encodeMD5(sum [16]byte) string {
	const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var text strings.Builder
	write := func(value uint32, digits int) {
		for range digits {
			text.WriteByte(alphabet[value&63])
			value >>= 6
		}
	}
	for _, order := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		write(uint32(sum[order[0]])<<16|uint32(sum[order[1]])<<8|uint32(sum[order[2]]), 4)
	}
	write(uint32(sum[11]), 2)
	return text.String()
}
