package main

import (
	"encoding/binary"
	"fmt"
	"os"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// sections are the parts of a file of circom or snarkjs by number.
type sections map[uint32][]byte

// readSections reads a .r1cs, .wtns or .zkey file: four letters, version, number of sections, and for each section its
// number, length and bytes.
func readSections(path, magic string) (sections, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(bytes) < 12 || string(bytes[:4]) != magic {
		return nil, fmt.Errorf("%s: no %s file", path, magic)
	}
	found, rest := sections{}, bytes[12:]
	for range binary.LittleEndian.Uint32(bytes[8:]) {
		if len(rest) < 12 {
			return nil, fmt.Errorf("%s: ends within a section", path)
		}
		number, length := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint64(rest[4:])
		rest = rest[12:]
		if uint64(len(rest)) < length {
			return nil, fmt.Errorf("%s: ends within section %d", path, number)
		}
		found[number], rest = rest[:length], rest[length:]
	}
	return found, nil
}

// reader takes values off the front of a section; files too short for it panic, since they come from a benchmark.
type reader []byte

func (r *reader) take(count int) []byte {
	taken := (*r)[:count]
	*r = (*r)[count:]
	return taken
}

func (r *reader) number() int { return int(binary.LittleEndian.Uint32(r.take(4))) }

func (r *reader) limbs() (out [4]uint64) {
	bytes := r.take(32)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(bytes[8*i:])
	}
	return out
}

// scalar takes a scalar that the file has as a plain integer.
func (r *reader) scalar() fr.Element {
	value, err := fr.LittleEndian.Element((*[fr.Bytes]byte)(r.take(fr.Bytes)))
	if err != nil {
		panic(err)
	}
	return value
}

// coordinate takes a coordinate, in the Montgomery form of both snarkjs and gnark.
func (r *reader) coordinate() fp.Element { return fp.Element(r.limbs()) }

// g1 takes a point; infinity is zero in both.
func (r *reader) g1() curve.G1Affine { return curve.G1Affine{X: r.coordinate(), Y: r.coordinate()} }

func (r *reader) g2() (point curve.G2Affine) {
	point.X.A0, point.X.A1 = r.coordinate(), r.coordinate()
	point.Y.A0, point.Y.A1 = r.coordinate(), r.coordinate()
	return point
}

func points[P any](section []byte, take func(*reader) P) (out []P) {
	for r := reader(section); len(r) > 0; {
		out = append(out, take(&r))
	}
	return out
}
