package main

import (
	"fmt"
	"math/big"
	"math/bits"
	"os"
	"runtime"
	"sync"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// readKey fills gnark's proving key with the points of a .zkey of snarkjs. quotient is a file that keeps the points of
// the quotient, which take long to calculate.
func readKey(path, quotient string) (*groth16.ProvingKey, int, error) {
	found, err := readSections(path, "zkey")
	if err != nil {
		return nil, 0, err
	}
	header := reader(found[2])
	header.take(2 * (4 + 32)) // both primes
	_, public, domain := header.number(), header.number(), header.number()
	key := new(groth16.ProvingKey)
	key.Domain = *fft.NewDomain(uint64(domain))
	key.G1.Alpha, key.G1.Beta, key.G2.Beta = header.g1(), header.g1(), header.g2()
	header.g2() // gamma
	key.G1.Delta, key.G2.Delta = header.g1(), header.g2()

	key.G1.A, key.InfinityA = finite(points(found[5], (*reader).g1))
	key.G1.B, key.InfinityB = finite(points(found[6], (*reader).g1))
	key.G2.B, _ = finite(points(found[7], (*reader).g2))
	key.NbInfinityA = uint64(len(key.InfinityA) - len(key.G1.A))
	key.NbInfinityB = uint64(len(key.InfinityB) - len(key.G1.B))
	key.G1.K = points(found[8], (*reader).g1)
	key.G1.Z, err = cachedQuotient(quotient, found[9], &key.Domain)
	return key, public, err
}

// finite removes points at infinity, as gnark's setup does, and marks them.
func finite[P interface{ comparable }](all []P) (kept []P, infinite []bool) {
	var zero P
	infinite = make([]bool, len(all))
	for i, point := range all {
		if infinite[i] = point == zero; !infinite[i] {
			kept = append(kept, point)
		}
	}
	return kept, infinite
}

func cachedQuotient(path string, section []byte, domain *fft.Domain) ([]curve.G1Affine, error) {
	if file, err := os.Open(path); err == nil {
		defer file.Close()
		var kept []curve.G1Affine
		if err := curve.NewDecoder(file, curve.NoSubgroupChecks()).Decode(&kept); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return kept, nil
	}
	made := quotientPoints(points(section, (*reader).g1), domain)
	if path == "" {
		return made, nil
	}
	file, err := os.Create(path + ".part")
	if err != nil {
		return nil, err
	}
	if err := curve.NewEncoder(file, curve.RawEncoding()).Encode(made); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	return made, os.Rename(path+".part", path)
}

// quotientPoints returns gnark's points for the coefficients of the quotient h from snarkjs's for values.
//
// With the domain's size n and generator w, and g^2 = w, snarkjs has H_i = [L_i(t) Z(t) / (-2 delta)] for the
// Lagrange polynomials L_i of the points g w^i, because a b - c is -2 h there. gnark has [t^j Z(t) / delta], which is
// -2 g^j times the sum of all w^(ij) H_i: a Fourier transform of points. gnark wants them with the bits of j
// reversed and without the last.
func quotientPoints(values []curve.G1Affine, domain *fft.Domain) []curve.G1Affine {
	n := len(values)
	work := make([]curve.G1Jac, n)
	for i := range values {
		work[i].FromAffine(&values[i])
	}
	// Decimation in frequency leaves index j at the place of its reversed bits.
	step := domain.Generator
	for half := n / 2; half > 0; half /= 2 {
		factors := powers(fr.One(), step, half)
		parallel(n/2, func(k int) {
			block, within := k/half, k%half
			upper, lower := &work[2*block*half+within], &work[(2*block+1)*half+within]
			difference := *upper
			difference.SubAssign(lower)
			upper.AddAssign(lower)
			if within > 0 {
				difference.ScalarMultiplication(&difference, factors[within])
			}
			*lower = difference
		})
		step.Square(&step)
	}
	root, err := fft.Generator(2 * uint64(n))
	if err != nil {
		panic(err)
	}
	var first fr.Element
	first.SetInt64(-2)
	scale := powers(first, root, n)
	shift := bits.LeadingZeros64(uint64(n)) + 1
	parallel(n, func(place int) {
		j := bits.Reverse64(uint64(place)) >> shift
		work[place].ScalarMultiplication(&work[place], scale[j])
	})
	return curve.BatchJacobianToAffineG1(work)[:n-1]
}

func powers(first, step fr.Element, count int) []*big.Int {
	out := make([]*big.Int, count)
	for i := range out {
		out[i] = first.BigInt(new(big.Int))
		first.Mul(&first, &step)
	}
	return out
}

func parallel(count int, work func(int)) {
	var group sync.WaitGroup
	tasks := runtime.NumCPU()
	for task := range tasks {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := task * count / tasks; i < (task+1)*count/tasks; i++ {
				work(i)
			}
		}()
	}
	group.Wait()
}
