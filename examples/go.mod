module github.com/amends-dev/amends/examples

go 1.26.0

require github.com/amends-dev/amends v0.0.0

replace github.com/amends-dev/amends => ../
