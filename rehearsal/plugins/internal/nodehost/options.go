package nodehost

import (
	"fmt"
	"strings"
)

// options are the project's `runtime.options` in Pulumi.yaml.
type options struct {
	// Whether the SDK compiles TypeScript with ts-node. Off for programs that Node runs itself, by stripping types.
	typescript bool
	// The tsconfig.json for that, empty for the one of the program.
	tsconfig string
	// Arguments for Node itself.
	nodeArguments []string
	// Whether to install without development dependencies.
	production bool
	// The package manager, empty or "auto" for what this host has: npm.
	packageManager string
}

// parseOptions reads the options. Those of other language hosts are left alone.
func parseOptions(given map[string]any) (options, error) {
	parsed := options{typescript: true}
	var nodeArguments string
	for name, target := range map[string]any{
		"typescript": &parsed.typescript, "tsconfig": &parsed.tsconfig, "nodeargs": &nodeArguments,
		"production": &parsed.production, "packagemanager": &parsed.packageManager,
	} {
		value, ok := given[name]
		if !ok {
			continue
		}
		if err := setOption(target, value); err != nil {
			return options{}, fmt.Errorf("runtime.options.%s in Pulumi.yaml: %w", name, err)
		}
	}
	arguments, err := splitWords(nodeArguments)
	if err != nil {
		return options{}, fmt.Errorf("runtime.options.nodeargs in Pulumi.yaml: %w", err)
	}
	parsed.nodeArguments = arguments
	return parsed, nil
}

func setOption(target, value any) error {
	switch target := target.(type) {
	case *bool:
		if given, ok := value.(bool); ok {
			*target = given
			return nil
		}
		return fmt.Errorf("%v is neither true nor false", value)
	case *string:
		if given, ok := value.(string); ok {
			*target = given
			return nil
		}
		return fmt.Errorf("%v is no text", value)
	default:
		panic(fmt.Sprintf("no option is a %T", target))
	}
}

// variables are the environment variables by which the SDK learns the options.
func (o options) variables() []string {
	var variables []string
	if o.typescript {
		variables = append(variables, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		variables = append(variables, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return variables
}

// splitWords splits a line as a shell would: at spaces, but not within quotes. It knows no escapes.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	for _, letter := range line {
		switch {
		case quote != 0 && letter == quote:
			quote = 0
		case quote == 0 && (letter == '"' || letter == '\''):
			quote, inWord = letter, true
		case quote == 0 && (letter == ' ' || letter == '\t' || letter == '\n'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(letter)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c is not closed in %s", quote, line)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
